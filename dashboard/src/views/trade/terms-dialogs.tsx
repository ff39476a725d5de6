/** Leverage, margin mode and position mode of the account. */
import { useEffect, useState } from "preact/hooks";
import { hedge, readAccount, terms } from "../../data/account";
import { fapi } from "../../data/session";
import { plain } from "../../lib/format";
import type { ApiError } from "../../lib/http";
import { closeDialog, showDialog } from "../../parts/dialogs";
import { NumberField, Refusal, Segments } from "../../parts/ui";
import { setHedge, setLeverage, setMarginType } from "./actions";

const LEVERAGE_FALLBACK = 125;

/** A form in a dialog: sends, closes on success, shows the refusal otherwise. */
function useSend(): [ApiError | null, (work: () => Promise<unknown>) => void, boolean] {
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const send = (work: () => Promise<unknown>): void => {
    setError(null);
    setBusy(true);
    work()
      .then(async () => {
        await readAccount();
        closeDialog();
      })
      .catch((failed: ApiError) => setError(failed))
      .finally(() => setBusy(false));
  };
  return [error, send, busy];
}

interface Brackets {
  symbol: string;
  brackets: { initialLeverage: number; notionalCap: number }[];
}

function Leverage({ symbol }: { symbol: string }) {
  const [value, setValue] = useState(String(terms.value.get(symbol)?.leverage ?? 20));
  const [brackets, setBrackets] = useState<Brackets["brackets"]>([]);
  const [error, send, busy] = useSend();
  useEffect(() => {
    fapi<Brackets[]>("GET", "/fapi/v1/leverageBracket", { symbol }).then(
      (rows) => setBrackets(rows[0]?.brackets ?? []),
      () => undefined,
    );
  }, []);
  const most = brackets[0]?.initialLeverage ?? LEVERAGE_FALLBACK;
  const cap = brackets.findLast((each) => each.initialLeverage >= Number(value))?.notionalCap;
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); send(() => setLeverage(symbol, Number(value))); }}>
      <NumberField label={`Leverage, 1 to ${most}`} value={value} unit="×" onInput={setValue} />
      <input type="range" min={1} max={most} value={value} aria-label="Leverage" onInput={(event) => setValue(event.currentTarget.value)} />
      <p class="dim">
        {cap ? `Positions up to ${plain(cap)} of notional value.` : "\u00a0"}
      </p>
      <Refusal error={error} />
      <div class="row">
        <button type="submit" class="btn primary" disabled={busy}>
          Set leverage
        </button>
      </div>
    </form>
  );
}

function MarginType({ symbol }: { symbol: string }) {
  const [value, setValue] = useState<"CROSSED" | "ISOLATED">(terms.value.get(symbol)?.marginType ?? "CROSSED");
  const [error, send, busy] = useSend();
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); send(() => setMarginType(symbol, value)); }}>
      <Segments label="Margin mode" value={value} options={[["CROSSED", "Cross"], ["ISOLATED", "Isolated"]]} onPick={setValue} />
      <p class="dim">
        {value === "CROSSED"
          ? "All cross positions share the wallet: they live and die together."
          : "The position has margin of its own; no more than that can be lost with it."}
      </p>
      <Refusal error={error} />
      <div class="row">
        <button type="submit" class="btn primary" disabled={busy}>
          Set margin mode
        </button>
      </div>
    </form>
  );
}

function Mode() {
  const [value, setValue] = useState<"one-way" | "hedge">(hedge.value ? "hedge" : "one-way");
  const [error, send, busy] = useSend();
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); send(() => setHedge(value === "hedge")); }}>
      <Segments label="Position mode" value={value} options={[["one-way", "One-way"], ["hedge", "Hedge"]]} onPick={setValue} />
      <p class="dim">
        {value === "hedge" ? "A long and a short of the same contract stand side by side." : "One position a contract: buying lessens a short."} It
        holds for all contracts, and cannot change while there are positions or orders.
      </p>
      <Refusal error={error} />
      <div class="row">
        <button type="submit" class="btn primary" disabled={busy}>
          Set position mode
        </button>
      </div>
    </form>
  );
}

export function showLeverage(symbol: string): void {
  showDialog(`Leverage of ${symbol}`, () => <Leverage symbol={symbol} />);
}

export function showMarginType(symbol: string): void {
  showDialog(`Margin mode of ${symbol}`, () => <MarginType symbol={symbol} />);
}

export function showMode(): void {
  showDialog("Position mode", Mode);
}
