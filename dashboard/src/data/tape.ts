/** The latest trades of one contract, newest first. */
import { signal } from "@preact/signals";
import { onFrame } from "../lib/frame";
import { open } from "../lib/http";
import { marketStreams } from "./link";
import { tellLast } from "./market";

const KEPT = 50;

export interface Print {
  id: number;
  price: string;
  quantity: string;
  atMs: number;
  /** The taker bought. */
  bought: boolean;
}

export const tape = signal<readonly Print[]>([]);

interface TradeFrame {
  a: number;
  p: string;
  q: string;
  T: number;
  m: boolean;
}

const print = (row: TradeFrame): Print => ({
  id: row.a,
  price: row.p,
  quantity: row.q,
  atMs: row.T,
  bought: !row.m,
});

export function followTape(name: string): () => void {
  let over = false;
  let fresh: Print[] = [];
  tape.value = [];
  const show = (): void => {
    if (over) return;
    const newest = fresh;
    fresh = [];
    const known = tape.value[0]?.id ?? -1;
    const added = newest.filter((each) => each.id > known).reverse();
    if (!added.length) return;
    tape.value = [...added, ...tape.value].slice(0, KEPT);
    tellLast(added[0]!.price);
  };
  const read = (): void => {
    open<TradeFrame[]>("/fapi/v1/aggTrades", { symbol: name, limit: KEPT }).then(
      (rows) => {
        if (over) return;
        const known = new Set(tape.value.map((each) => each.id));
        const older = rows.map(print).filter((each) => !known.has(each.id));
        tape.value = [...tape.value, ...older].sort((a, b) => b.id - a.id).slice(0, KEPT);
        if (tape.value[0]) tellLast(tape.value[0].price);
      },
      () => undefined,
    );
  };
  const take = (frame: TradeFrame): void => {
    fresh.push(print(frame));
    if (fresh.length > KEPT) fresh.shift();
    onFrame("tape", show);
  };
  const stop = marketStreams.on(`${name.toLowerCase()}@aggTrade`, take, read);
  read();
  return () => {
    over = true;
    stop();
  };
}
