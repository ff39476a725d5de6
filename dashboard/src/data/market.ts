/** The contracts, their marks, and the day of the one that is looked at. */
import { computed, signal, type Signal } from "@preact/signals";
import { placesOf } from "../lib/format";
import { onFrame } from "../lib/frame";
import { type ApiError, open } from "../lib/http";
import { remember, remembered } from "../lib/memory";
import { place } from "../lib/route";
import { marketStreams } from "./link";

export interface Contract {
  symbol: string;
  base: string;
  quote: string;
  marginAsset: string;
  type: string;
  status: string;
  tick: string;
  step: string;
  pricePlaces: number;
  quantityPlaces: number;
  minQuantity: string;
  minNotional: string;
  deliveryMs: number;
  underlying: string[];
}

interface SymbolRow {
  symbol: string;
  baseAsset: string;
  quoteAsset: string;
  marginAsset: string;
  contractType: string;
  status: string;
  deliveryDate: number;
  underlyingSubType: string[];
  filters: { filterType: string; [name: string]: string }[];
}

export const contracts = signal<ReadonlyMap<string, Contract>>(new Map());
export const contractsFailed = signal("");

function contractOf(row: SymbolRow): Contract {
  const filter = (type: string, name: string): string =>
    row.filters.find((each) => each.filterType === type)?.[name] ?? "1";
  const tick = filter("PRICE_FILTER", "tickSize");
  const step = filter("LOT_SIZE", "stepSize");
  return {
    symbol: row.symbol,
    base: row.baseAsset,
    quote: row.quoteAsset,
    marginAsset: row.marginAsset,
    type: row.contractType,
    status: row.status,
    tick,
    step,
    pricePlaces: placesOf(tick),
    quantityPlaces: placesOf(step),
    minQuantity: filter("LOT_SIZE", "minQty"),
    minNotional: filter("MIN_NOTIONAL", "notional"),
    deliveryMs: row.deliveryDate,
    underlying: row.underlyingSubType,
  };
}

/** Read the list of contracts and the marks as they stand. */
export async function readMarket(): Promise<void> {
  try {
    const [info, marks] = await Promise.all([
      open<{ symbols: SymbolRow[] }>("/fapi/v1/exchangeInfo"),
      open<PremiumRow[]>("/fapi/v1/premiumIndex"),
    ]);
    contracts.value = new Map(info.symbols.map((row) => [row.symbol, contractOf(row)]));
    contractsFailed.value = "";
    for (const row of marks) {
      mark(row.symbol).value = {
        mark: row.markPrice,
        index: row.indexPrice,
        rate: row.lastFundingRate,
        nextFundingMs: row.nextFundingTime,
      };
    }
    tellTime(marks.reduce((latest, row) => Math.max(latest, row.time), 0));
  } catch (error) {
    contractsFailed.value = (error as ApiError).message;
  }
}

/** The symbol in the address, else the one of last time, else the first there is. */
export const symbol = computed(() => {
  const asked = place.value.view === "trade" ? place.value.rest.toUpperCase() : "";
  if (asked) return asked;
  const all = contracts.value;
  const last = remembered("symbol") || "BTCUSDT";
  return all.size === 0 || all.has(last) ? last : [...all.keys()][0]!;
});
export const contract = computed(() => contracts.value.get(symbol.value));

contract.subscribe((known) => {
  if (known && place.value.view === "trade" && place.value.rest) remember("symbol", known.symbol);
});

export interface Mark {
  mark: string;
  index: string;
  rate: string;
  nextFundingMs: number;
}

interface PremiumRow {
  symbol: string;
  markPrice: string;
  indexPrice: string;
  lastFundingRate: string;
  nextFundingTime: number;
  time: number;
}

const marks = new Map<string, Signal<Mark | null>>();

/** The mark of a contract, as it moves. */
export function mark(name: string): Signal<Mark | null> {
  let found = marks.get(name);
  if (!found) marks.set(name, (found = signal<Mark | null>(null)));
  return found;
}

/** Box time of the latest frame, and the page's own time when it came. */
export const heardTime = signal({ boxMs: 0, pageMs: 0 });

export function tellTime(boxMs: number): void {
  if (boxMs) heardTime.value = { boxMs, pageMs: performance.now() };
}

interface MarkFrame {
  s: string;
  p: string;
  i: string;
  r: string;
  T: number;
  E: number;
}

export function followMarks(): void {
  marketStreams.on<MarkFrame[]>("!markPrice@arr@1s", (rows) => {
    onFrame("marks", () => {
      for (const row of rows) {
        mark(row.s).value = { mark: row.p, index: row.i, rate: row.r, nextFundingMs: row.T };
      }
      tellTime(rows[0]?.E ?? 0);
    });
  });
}

export interface Day {
  symbol: string;
  last: string;
  change: string;
  changePercent: string;
  high: string;
  low: string;
  volume: string;
  quoteVolume: string;
}

export interface TickerRow {
  symbol: string;
  lastPrice: string;
  priceChange: string;
  priceChangePercent: string;
  highPrice: string;
  lowPrice: string;
  volume: string;
  quoteVolume: string;
}

/** The rolling day of the contract that is looked at. */
export const day = signal<Day | null>(null);
/** The last price of that contract, and which way it went. */
export const last = signal<{ price: string; up: boolean } | null>(null);

export function tellLast(price: string): void {
  const before = last.value;
  // A contract that nobody has traded yet is told with the price zero.
  if (before?.price === price || !Number(price)) return;
  last.value = { price, up: before ? Number(price) > Number(before.price) : true };
}

export function dayOf(row: TickerRow): Day {
  return {
    symbol: row.symbol,
    last: row.lastPrice,
    change: row.priceChange,
    changePercent: row.priceChangePercent,
    high: row.highPrice,
    low: row.lowPrice,
    volume: row.volume,
    quoteVolume: row.quoteVolume,
  };
}

interface TickerFrame {
  s: string;
  c: string;
  p: string;
  P: string;
  h: string;
  l: string;
  v: string;
  q: string;
}

/** Follow the rolling day of a contract; the answer ends it. */
export function followDay(name: string): () => void {
  let over = false;
  day.value = null;
  last.value = null;
  open<TickerRow>("/fapi/v1/ticker/24hr", { symbol: name }).then(
    (row) => {
      if (over || day.value) return;
      day.value = dayOf(row);
      if (!last.value) tellLast(row.lastPrice);
    },
    () => undefined,
  );
  const stop = marketStreams.on<TickerFrame>(`${name.toLowerCase()}@ticker`, (frame) => {
    onFrame("day", () => {
      if (over) return;
      day.value = {
        symbol: frame.s,
        last: frame.c,
        change: frame.p,
        changePercent: frame.P,
        high: frame.h,
        low: frame.l,
        volume: frame.v,
        quoteVolume: frame.q,
      };
    });
  });
  return () => {
    over = true;
    stop();
  };
}
