/** Open orders, plain and conditional, and what can be done with them. */
import { useState } from "preact/hooks";
import { type Order, orders, readConditional } from "../data/orders";
import { contracts } from "../data/market";
import { tellError } from "../data/notes";
import { account, session } from "../data/session";
import { fixed, stamp, timeOfDay, trim, words } from "../lib/format";
import type { ApiError } from "../lib/http";
import { href } from "../lib/route";
import { amend, cancel, cancelAll } from "../views/trade/actions";
import { movedPrice } from "../views/trade/chart-lines";
import { type Column, DataTable } from "./data-table";
import { closeDialog, showDialog } from "./dialogs";
import { pricePlaces } from "./positions";
import { Empty, Icon, NumberField, Refusal } from "./ui";

function price(order: Order, text: string): string {
  return Number(text) ? fixed(text, pricePlaces(order.symbol)) : "–";
}

const size = (order: Order): string =>
  order.closePosition ? "all" : fixed(order.quantity, contracts.value.get(order.symbol)?.quantityPlaces ?? 3);

const COLUMNS: Column<Order>[] = [
  { name: "Contract", text: (row) => row.symbol, cell: (row) => <a href={href("trade", row.symbol)}>{row.symbol}</a> },
  {
    name: "Side",
    text: (row) => row.side,
    cell: (row) => (
      <span class={row.side === "BUY" ? "up" : "down"}>
        {row.side === "BUY" ? "▲ Buy" : "▼ Sell"}
        {row.positionSide !== "BOTH" && ` ${row.positionSide.toLowerCase()}`}
      </span>
    ),
  },
  { name: "Type", text: (row) => row.type, cell: (row) => words(row.type) },
  { name: "Size", num: true, text: (row) => row.quantity, cell: size },
  { name: "Filled", num: true, text: (row) => row.executed, cell: (row) => (row.conditional ? "–" : trim(row.executed)) },
  { name: "Price", num: true, text: (row) => row.price, cell: (row) => price(row, row.price) },
  { name: "Trigger", num: true, text: (row) => row.trigger, cell: (row) => price(row, row.trigger) },
  {
    name: "Terms",
    text: (row) => [row.timeInForce, row.reduceOnly && "reduce only"].filter(Boolean).join(" "),
    cell: (row) => (
      <span class="row tight">
        <span class="chip">{row.timeInForce === "GTX" ? "Post only" : row.timeInForce}</span>
        {row.reduceOnly && <span class="chip">Reduce</span>}
        {row.conditional && row.workingType === "MARK_PRICE" && <span class="chip">Mark</span>}
      </span>
    ),
  },
  { name: "Placed", text: (row) => stamp(row.atMs), cell: (row) => <time class="dim" title={`${stamp(row.atMs)} UTC`}>{timeOfDay(row.atMs)}</time> },
];

function AmendDialog({ order }: { order: Order }) {
  const [at, setAt] = useState(trim(movedPrice(order)));
  const [quantity, setQuantity] = useState(trim(order.quantity));
  const [error, setError] = useState<ApiError | null>(null);
  const send = (event: Event): void => {
    event.preventDefault();
    amend(order, { price: at, quantity }).then(closeDialog, (failed: ApiError) => setError(failed));
  };
  return (
    <form class="stack" onSubmit={send}>
      <NumberField label={order.conditional ? "Trigger price" : "Price"} value={at} onInput={setAt} />
      {!order.closePosition && <NumberField label="Size" value={quantity} onInput={setQuantity} />}
      {order.conditional && <p class="dim">A conditional order cannot be amended: it is cancelled and placed anew.</p>}
      <Refusal error={error} />
      <div class="row">
        <button type="submit" class="btn primary">
          Amend
        </button>
      </div>
    </form>
  );
}

function Actions({ order }: { order: Order }) {
  const fixedType = order.type === "TRAILING_STOP_MARKET" || (!order.conditional && order.type !== "LIMIT");
  const act = async (): Promise<void> => {
    try {
      await cancel(order);
      if (order.conditional) await readConditional();
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <>
      {!fixedType && (
        <button
          type="button"
          class="btn small"
          aria-label={`Amend the ${order.symbol} order at ${movedPrice(order)}`}
          onClick={() => showDialog(`Amend order ${order.id} of ${order.symbol}`, () => <AmendDialog order={order} />)}
        >
          <Icon name="edit" />
        </button>
      )}
      <button type="button" class="btn small" aria-label={`Cancel the ${order.symbol} order at ${movedPrice(order)}`} onClick={() => void act()}>
        Cancel
      </button>
    </>
  );
}

export function OrdersTable({ quiet = false }: { quiet?: boolean }) {
  const rows = orders.value;
  const all = (
    <button type="button" class="btn small danger" disabled={!rows.length} onClick={() => void cancelAll(rows).then(readConditional).catch(tellError)}>
      Cancel all {rows.length || ""}
    </button>
  );
  return (
    <DataTable
      label="Open orders"
      quiet={quiet}
      rows={rows}
      columns={COLUMNS}
      rowKey={(row) => row.key}
      file={`open-orders-${account.value}`}
      actions={(row) => <Actions order={row} />}
      tools={all}
      empty={
        <Empty title={session.value ? "No open orders" : "No account"}>
          {session.value ? "What waits in the book or for its trigger is shown here." : "Orders are shown once the page acts for an account."}
        </Empty>
      }
    />
  );
}
