/**
 * One paint, one update: what streams bring waits for the next animation frame and is applied in
 * a single batch. Work is keyed, so that a burst leaves one update a key. A hidden page paints no
 * frames: then a slow timer empties the queue, so that it stays bounded by its keys.
 */
import { batch } from "@preact/signals";

const HIDDEN_MS = 1000;
const waiting = new Map<unknown, () => void>();
let scheduled = false;

function flush(): void {
  scheduled = false;
  const work = [...waiting.values()];
  waiting.clear();
  batch(() => {
    for (const step of work) step();
  });
}

/** Run `step` at the next frame; a later step of the same key takes its place. */
export function onFrame(key: unknown, step: () => void): void {
  waiting.set(key, step);
  if (scheduled) return;
  scheduled = true;
  if (document.hidden) setTimeout(flush, HIDDEN_MS);
  else requestAnimationFrame(flush);
}

document.addEventListener("visibilitychange", () => {
  if (scheduled && document.hidden) flush();
});
