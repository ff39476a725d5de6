/**
 * The order book as a ladder. Its rows are made once and written to in place: ten updates a second
 * on forty rows would be work for nothing as elements compared and replaced.
 */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { book, LEVELS, type Level } from "../../data/book";
import { contract, last, mark, symbol } from "../../data/market";
import { orders } from "../../data/orders";
import { compact, fixed, priced, roundText } from "../../lib/format";
import { Empty, Panel } from "../../parts/ui";
import { ticket } from "./ticket-state";

const ROW_PX = 20;
const SPREAD_PX = 34;
const ROWS_MIN = 5;

interface Row {
  root: HTMLButtonElement;
  price: HTMLElement;
  quantity: HTMLElement;
  total: HTMLElement;
  bar: HTMLElement;
}

function makeRow(side: "ask" | "bid"): Row {
  const root = document.createElement("button");
  root.type = "button";
  root.className = `level ${side}`;
  root.tabIndex = -1;
  const bar = document.createElement("i");
  bar.setAttribute("aria-hidden", "true");
  const [price, quantity, total] = ["price", "quantity", "total"].map((name) => {
    const cell = document.createElement("span");
    cell.className = name;
    return cell;
  }) as [HTMLElement, HTMLElement, HTMLElement];
  root.append(bar, price, quantity, total);
  return { root, price, quantity, total, bar };
}

function write(cell: HTMLElement, text: string): void {
  if (cell.textContent !== text) cell.textContent = text;
}

interface Shape {
  pricePlaces: number;
  quantityPlaces: number;
  /** Sizes are so large that they are told as 4.05 B, all of them alike. */
  short: boolean;
}

/** With more decimals there is no room for the mark between last price and spread. */
const MARK_PLACES = 6;
/** Characters of a sum that a column has room for. */
const SUM_CHARACTERS = 9;

function size(figure: string | number, shape: Shape): string {
  return shape.short ? compact(figure) : fixed(figure, shape.quantityPlaces);
}

/** Write one side; best price first in `levels`, `rows[0]` is the best. */
function fill(rows: Row[], levels: readonly Level[], deepest: number, own: Map<string, number>, shape: Shape): void {
  let sum = 0;
  rows.forEach((row, at) => {
    const level = levels[at];
    row.root.hidden = false;
    row.root.disabled = !level;
    if (!level) {
      write(row.price, "");
      write(row.quantity, "");
      write(row.total, "");
      row.bar.style.transform = "scaleX(0)";
      row.root.classList.remove("own");
      row.root.removeAttribute("title");
      return;
    }
    const [price, quantity] = level;
    sum += Number(quantity);
    write(row.price, fixed(price, shape.pricePlaces));
    write(row.quantity, size(quantity, shape));
    write(row.total, size(sum, shape));
    row.bar.style.transform = `scaleX(${deepest ? (sum / deepest).toFixed(3) : 0})`;
    row.root.dataset.price = price;
    const mine = own.get(roundText(price, shape.pricePlaces));
    row.root.classList.toggle("own", mine !== undefined);
    if (mine !== undefined) row.root.title = `Your orders here: ${fixed(mine, shape.quantityPlaces)}`;
    else row.root.removeAttribute("title");
  });
}

function ownPrices(side: string, places: number): Map<string, number> {
  const own = new Map<string, number>();
  for (const order of orders.value) {
    if (order.symbol !== symbol.value || order.side !== side || order.conditional || !Number(order.price)) continue;
    const price = roundText(order.price, places);
    own.set(price, (own.get(price) ?? 0) + Number(order.quantity) - Number(order.executed));
  }
  return own;
}

function Spread() {
  const known = contract.value;
  const now = last.value;
  const places = known?.pricePlaces ?? 2;
  const levels = book.value;
  const [ask, bid] = [levels?.asks[0]?.[0], levels?.bids[0]?.[0]];
  const spread = ask && bid ? Number(ask) - Number(bid) : Number.NaN;
  return (
    <div class="spread">
      <b class={now ? (now.up ? "up" : "down") : ""}>
        <span aria-hidden="true">{now ? (now.up ? "▲ " : "▼ ") : ""}</span>
        {priced(now?.price, places)}
      </b>
      {places <= MARK_PLACES && <span class="dim" title="Mark price">{priced(mark(symbol.value).value?.mark, places)}</span>}
      <span class="spacer" />
      <span class="dim nowrap" title="Best ask less best bid">{fixed(spread, places)}</span>
    </div>
  );
}

export function Ladder() {
  const asks = useRef<HTMLDivElement>(null);
  const bids = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [count, setCount] = useState(12);

  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => {
      const room = Math.floor((entry!.contentRect.height - SPREAD_PX) / 2 / ROW_PX);
      setCount(Math.max(ROWS_MIN, Math.min(LEVELS, room)));
    });
    watch.observe(frame.current!);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    const askRows = Array.from({ length: count }, () => makeRow("ask"));
    const bidRows = Array.from({ length: count }, () => makeRow("bid"));
    asks.current!.replaceChildren(...askRows.map((row) => row.root).reverse());
    bids.current!.replaceChildren(...bidRows.map((row) => row.root));
    return effect(() => {
      const known = contract.value;
      const now = book.value;
      const depth = (levels: readonly Level[]): number =>
        levels.slice(0, count).reduce((sum, [, quantity]) => sum + Number(quantity), 0);
      const deepest = now ? Math.max(depth(now.asks), depth(now.bids)) : 0;
      const quantityPlaces = known?.quantityPlaces ?? 3;
      const shape = { pricePlaces: known?.pricePlaces ?? 2, quantityPlaces, short: fixed(deepest, quantityPlaces).length > SUM_CHARACTERS };
      fill(askRows, now?.asks ?? [], deepest, ownPrices("SELL", shape.pricePlaces), shape);
      fill(bidRows, now?.bids ?? [], deepest, ownPrices("BUY", shape.pricePlaces), shape);
    });
  }, [count]);

  const onClick = (event: MouseEvent): void => {
    const price = (event.target as HTMLElement).closest<HTMLElement>(".level")?.dataset.price;
    if (price) ticket.value = { ...ticket.value, price: fixed(price, contract.value?.pricePlaces ?? 2).replaceAll(",", "") };
  };
  const known = contract.value;
  const empty = book.value && !book.value.asks.length && !book.value.bids.length;
  return (
    <Panel title="Order book" class="ladder">
      <div class="level-heads dim" aria-hidden="true">
        <span>Price{known && ` (${known.quote})`}</span>
        <span>Size{known && ` (${known.base})`}</span>
        <span>Sum</span>
      </div>
      <div class="levels" ref={frame} onClick={onClick} role="group" aria-label="Levels; a click takes the price into the ticket">
        <div ref={asks} class="asks" />
        <Spread />
        <div ref={bids} class="bids" />
        {empty && (
          <div class="over">
            <Empty title="Nobody quotes here">Set a price or depth in the control room.</Empty>
          </div>
        )}
      </div>
    </Panel>
  );
}
