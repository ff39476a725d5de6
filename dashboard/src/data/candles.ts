/** Candles of one contract and interval: history first, then the running one. */
import { onFrame } from "../lib/frame";
import { open } from "../lib/http";
import { marketStreams } from "./link";

export const INTERVALS = [
  ...["1m", "3m", "5m", "15m", "30m"],
  ...["1h", "2h", "4h", "6h", "8h", "12h"],
  ...["1d", "3d", "1w", "1M"],
] as const;
export type Interval = (typeof INTERVALS)[number];
const HISTORY = 500;

export interface Candle {
  /** Seconds. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

type KlineRow = [number, string, string, string, string, string, ...unknown[]];

function candleOf([at, ...row]: KlineRow): Candle {
  const [first, high, low, close, volume] = row.slice(0, 5).map(Number) as [number, number, number, number, number];
  return { time: at / 1000, open: first, high, low, close, volume };
}

interface KlineFrame {
  k: { t: number; o: string; h: string; l: string; c: string; v: string };
}

/** Candles that end before `endMs`, oldest first. */
export async function readCandles(name: string, interval: string, endMs?: number): Promise<Candle[]> {
  const rows = await open<KlineRow[]>("/fapi/v1/klines", {
    symbol: name,
    interval,
    limit: HISTORY,
    endTime: endMs,
  });
  return rows.map(candleOf);
}

/** Follow the running candle; the answer ends it. */
export function followCandle(name: string, interval: string, take: (candle: Candle) => void): () => void {
  let over = false;
  let waiting: Candle[] = [];
  const show = (): void => {
    if (over) return;
    const due = waiting;
    waiting = [];
    due.forEach(take);
  };
  const stop = marketStreams.on<KlineFrame>(`${name.toLowerCase()}@kline_${interval}`, ({ k }) => {
    const candle = candleOf([k.t, k.o, k.h, k.l, k.c, k.v]);
    // Frames of the same candle replace each other; a burst leaves one for each candle.
    if (waiting.at(-1)?.time === candle.time) waiting.pop();
    waiting.push(candle);
    if (waiting.length > HISTORY) waiting.shift();
    onFrame("candle", show);
  });
  return () => {
    over = true;
    stop();
  };
}
