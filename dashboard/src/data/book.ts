/** The best twenty levels a side of one contract. */
import { signal } from "@preact/signals";
import { onFrame } from "../lib/frame";
import { open } from "../lib/http";
import { publicStreams } from "./link";

export const LEVELS = 20;
export type Level = readonly [price: string, quantity: string];

export interface Book {
  bids: readonly Level[];
  asks: readonly Level[];
}

export const book = signal<Book | null>(null);

interface DepthFrame {
  b: Level[];
  a: Level[];
}

export function followBook(name: string): () => void {
  let over = false;
  let heard = false;
  book.value = null;
  const read = (): void => {
    heard = false;
    open<Book>("/fapi/v1/depth", { symbol: name, limit: LEVELS }).then(
      (found) => {
        if (!over && !heard) book.value = { bids: found.bids, asks: found.asks };
      },
      () => undefined,
    );
  };
  const stop = publicStreams.on<DepthFrame>(
    `${name.toLowerCase()}@depth${LEVELS}@100ms`,
    (frame) => {
      heard = true;
      onFrame("book", () => {
        if (!over) book.value = { bids: frame.b, asks: frame.a };
      });
    },
    read,
  );
  read();
  return () => {
    over = true;
    stop();
  };
}
