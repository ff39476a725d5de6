/** Open positions, live, and what can be done with them. */
import { useMemo, useState } from "preact/hooks";
import { figuresSoon, type Position, positions, terms } from "../data/account";
import { contracts, mark } from "../data/market";
import { tellError } from "../data/notes";
import { account, session } from "../data/session";
import { fixed, percent, plain, signed, trim } from "../lib/format";
import type { ApiError } from "../lib/http";
import { href } from "../lib/route";
import { closePosition, moveMargin, reversePosition } from "../views/trade/actions";
import { type Column, DataTable } from "./data-table";
import { closeDialog, showDialog } from "./dialogs";
import { Explained } from "./explain";
import { Empty, Icon, NumberField, Refusal, Segments, tone } from "./ui";

export const pricePlaces = (symbol: string): number => contracts.value.get(symbol)?.pricePlaces ?? 2;
export const quantityPlaces = (symbol: string): number => contracts.value.get(symbol)?.quantityPlaces ?? 3;

/** Shares of the mark: how far away liquidation has to be for a full bar, for a plain one, for one without alarm. */
const FULL_BAR_SHARE = 0.25;
const WARN_SHARE = 0.05;
const DANGER_SHARE = 0.02;

/** Profit at the mark of this moment. */
export function profit(held: Position): number {
  const now = mark(held.symbol).value;
  return now ? Number(held.positionAmt) * (Number(now.mark) - Number(held.entryPrice)) : Number(held.unRealizedProfit);
}

/** What is left of the way from entry to liquidation: 1 at the entry or better, 0 when dead. */
export function wayLeft(held: Position): number | null {
  const liquidation = Number(held.liquidationPrice);
  if (!liquidation) return null;
  const now = Number(mark(held.symbol).value?.mark ?? held.markPrice);
  const whole = Math.abs(Number(held.entryPrice) - liquidation);
  const left = Number(held.positionAmt) > 0 ? now - liquidation : liquidation - now;
  return whole ? Math.max(0, Math.min(1, left / whole)) : 0;
}

function Leg({ held }: { held: Position }) {
  const long = Number(held.positionAmt) > 0;
  const now = terms.value.get(held.symbol);
  return (
    <span class="leg">
      <a href={href("trade", held.symbol)}>{held.symbol}</a>
      <span class={`chip ${long ? "up" : "down"}`}>
        {long ? "▲ Long" : "▼ Short"} {now ? `${now.leverage}×` : ""}
      </span>
      {now?.marginType === "ISOLATED" && <span class="chip">Isolated</span>}
    </span>
  );
}

function Profit({ held }: { held: Position }) {
  const now = profit(held);
  const margin = Number(held.positionInitialMargin);
  return (
    <Explained account={account.value} symbol={held.symbol} positionSide={held.positionSide} field="unRealizedProfit">
      <span class={tone(now)}>
        {signed(now, 2)} {margin > 0 && <small>({percent(now / margin, 1, true)})</small>}
      </span>
    </Explained>
  );
}

function Mark({ held }: { held: Position }) {
  return <>{fixed(mark(held.symbol).value?.mark ?? held.markPrice, pricePlaces(held.symbol))}</>;
}

/** How far the mark is from liquidation, in words and as a bar that reddens. */
export function Distance({ held, bare = false }: { held: Position; bare?: boolean }) {
  const left = wayLeft(held);
  if (left === null) return bare ? null : <span class="dim">none</span>;
  const now = Number(mark(held.symbol).value?.mark ?? held.markPrice);
  const away = now ? Math.abs(now - Number(held.liquidationPrice)) / now : 0;
  const state = left < 0.25 || away < DANGER_SHARE ? "danger" : left < 0.5 || away < WARN_SHARE ? "warn" : "fine";
  const bar = Math.min(1, away / FULL_BAR_SHARE);
  return (
    <span class={`distance ${state} ${bare ? "bare" : ""}`} title={`${(left * 100).toFixed(0)} % of the way from entry to liquidation is left`}>
      <meter class="sr" min={0} max={1} value={left} aria-label="Way left to liquidation" />
      <i aria-hidden="true">
        <b style={{ transform: `scaleX(${bar.toFixed(3)})` }} />
      </i>
      {state === "danger" && <span aria-label="close to liquidation">⚠</span>}
      {!bare && <span class="share">{percent(away, 1)}</span>}
    </span>
  );
}

function MarginDialog({ held }: { held: Position }) {
  const [amount, setAmount] = useState("");
  const [way, setWay] = useState<"add" | "remove">("add");
  const [error, setError] = useState<ApiError | null>(null);
  const send = (event: Event): void => {
    event.preventDefault();
    moveMargin(held, amount, way === "add").then(
      () => {
        figuresSoon();
        closeDialog();
      },
      (failed: ApiError) => setError(failed),
    );
  };
  return (
    <form class="stack" onSubmit={send}>
      <Segments label="Add or remove" value={way} options={[["add", "Add"], ["remove", "Remove"]]} onPick={setWay} />
      <NumberField label="Amount" value={amount} unit={held.marginAsset} onInput={setAmount} />
      <p class="dim">The position has {plain(held.isolatedWallet)} {held.marginAsset} of its own.</p>
      <Refusal error={error} />
      <div class="row">
        <button type="submit" class="btn primary" disabled={!Number(amount)}>
          {way === "add" ? "Add margin" : "Remove margin"}
        </button>
      </div>
    </form>
  );
}

function Actions({ held }: { held: Position }) {
  const isolated = terms.value.get(held.symbol)?.marginType === "ISOLATED";
  const act = (work: Promise<unknown>): void => void work.catch(tellError);
  return (
    <>
      {isolated && (
        <button type="button" class="btn small" title="Add or remove margin" aria-label={`Margin of ${held.symbol}`} onClick={() => showDialog(`Margin of ${held.symbol}`, () => <MarginDialog held={held} />)}>
          <Icon name="plus" />
        </button>
      )}
      {held.positionSide === "BOTH" && (
        <button type="button" class="btn small" title="Reverse: twice the size the other way, at market" aria-label={`Reverse ${held.symbol}`} onClick={() => act(reversePosition(held))}>
          <Icon name="flip" />
        </button>
      )}
      <button type="button" class="btn small" title="Close at market" aria-label={`Close ${held.symbol}`} onClick={() => act(closePosition(held))}>
        Close
      </button>
    </>
  );
}

function columns(wide: boolean): Column<Position>[] {
  const explained = (name: string, field: string, text: (row: Position) => string, places: (row: Position) => number): Column<Position> => ({
    name,
    num: true,
    text,
    cell: (row) => (
      <Explained account={account.value} symbol={row.symbol} positionSide={row.positionSide} field={field}>
        {fixed(text(row), places(row))}
      </Explained>
    ),
  });
  const price = (row: Position): number => pricePlaces(row.symbol);
  const distance: Column<Position> = {
    name: "Distance",
    width: 17,
    num: true,
    text: (row) => String(wayLeft(row) ?? ""),
    cell: (row) => <Distance held={row} />,
    title: "From the mark to liquidation",
  };
  const list: Column<Position>[] = [
    { name: "Contract", width: 26, text: (row) => row.symbol, cell: (row) => <Leg held={row} /> },
    {
      name: "Size",
      num: true,
      text: (row) => row.positionAmt,
      cell: (row) => <span class={tone(row.positionAmt)}>{signed(trim(row.positionAmt), quantityPlaces(row.symbol))}</span>,
    },
    explained("Entry", "entryPrice", (row) => row.entryPrice, price),
    { name: "Mark", num: true, text: (row) => row.markPrice, cell: (row) => <Mark held={row} /> },
    {
      name: "Liquidation",
      num: true,
      text: (row) => row.liquidationPrice,
      cell: (row) => (
        <>
          <Explained account={account.value} symbol={row.symbol} positionSide={row.positionSide} field="liquidationPrice">
            {Number(row.liquidationPrice) ? fixed(row.liquidationPrice, pricePlaces(row.symbol)) : "none"}
          </Explained>
          {!wide && <Distance held={row} bare />}
        </>
      ),
    },
    ...(wide ? [distance] : []),
    { name: "PnL (of margin)", width: 20, num: true, text: (row) => row.unRealizedProfit, cell: (row) => <Profit held={row} /> },
  ];
  if (!wide) return list;
  return [
    ...list.slice(0, 3),
    explained("Break-even", "breakEvenPrice", (row) => row.breakEvenPrice, price),
    ...list.slice(3),
    explained("Notional", "notional", (row) => row.notional, () => 2),
    explained("Margin", "initialMargin", (row) => row.initialMargin, () => 2),
    explained("Maintenance", "maintMargin", (row) => row.maintMargin, () => 2),
    { name: "ADL", width: 5, num: true, text: (row) => row.adl, cell: (row) => String(row.adl), title: "Rank for auto-deleveraging, 0 to 4" },
  ];
}

const NARROW = columns(false);
const WIDE = columns(true);

export function PositionsTable({ wide = false }: { wide?: boolean }) {
  const rows = positions.value;
  const sorted = useMemo(() => [...rows].sort((a, b) => Math.abs(Number(b.notional)) - Math.abs(Number(a.notional))), [rows]);
  return (
    <DataTable
      label="Positions"
      quiet={!wide}
      rows={sorted}
      columns={wide ? WIDE : NARROW}
      rowKey={(row) => row.symbol + row.positionSide}
      file={`positions-${account.value}`}
      actions={(row) => <Actions held={row} />}
      empty={
        <Empty title={session.value ? "No positions" : "No account"}>
          {session.value ? "A filled order opens one, and it is shown here with its risk." : "Positions are shown once the page acts for an account."}
        </Empty>
      }
    />
  );
}
