/**
 * Whether the box is there. All streams report here; when the box comes back after having been
 * away, everything is read anew and the page says how long it was gone.
 */
import { signal } from "@preact/signals";
import { Streams, type Watcher } from "../lib/socket";
import { open } from "../lib/http";

/** A restart shows as a loss; a blink shorter than this is not worth a word. */
const BLINK_MS = 400;
const ASK_AGAIN_MS = 500;

export type LinkState = "connecting" | "up" | "away";
export const link = signal<LinkState>("connecting");
/** Wall time of the loss, while the box is away. */
export const awaySince = signal(0);
/** How long it was away, until the reader dismisses it. */
export const wasAway = signal<number | null>(null);

type Step = () => Promise<unknown> | unknown;
const firsts: Step[] = [];
const readers: Step[] = [];

/** Do `step` whenever the box has come back: in the order of these calls, the first ones before. */
export function onReturn(step: Step, first = false): void {
  (first ? firsts : readers).push(step);
}

/** Read everything anew. */
export async function readAgain(): Promise<void> {
  for (const step of readers) await step();
}

const down = new Set<string>();
let lostAt = 0;
let returning = false;

export function watcher(name: string): Watcher {
  return {
    up() {
      down.delete(name);
      if (!down.size && lostAt) void comeBack();
      else if (link.value === "connecting" && !down.size) link.value = "up";
    },
    down() {
      down.add(name);
      lostAt ||= Date.now();
      setTimeout(() => {
        if (down.size && link.value !== "away") {
          link.value = "away";
          awaySince.value = lostAt;
        }
      }, BLINK_MS);
    },
  };
}

async function comeBack(): Promise<void> {
  if (returning) return;
  returning = true;
  try {
    while (!(await answers())) await new Promise((done) => setTimeout(done, ASK_AGAIN_MS));
    for (const step of firsts) await step();
    await readAgain();
    if (down.size) return;
    const lasted = Date.now() - lostAt;
    if (link.value === "away") wasAway.value = lasted;
    lostAt = 0;
    link.value = "up";
  } finally {
    returning = false;
    if (lostAt && !down.size) void comeBack();
  }
}

async function answers(): Promise<boolean> {
  try {
    await open("/fapi/v1/ping");
    return true;
  } catch {
    return false;
  }
}

export const publicStreams = new Streams("/public/stream", watcher("public"));
export const marketStreams = new Streams("/market/stream", watcher("market"));

export function startStreams(): void {
  publicStreams.start();
  marketStreams.start();
}
