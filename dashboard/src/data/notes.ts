/** Short messages about what happened, read aloud by screen readers. */
import { signal } from "@preact/signals";

const SHOWN_MAX = 5;
const SHOWN_MS = 7000;

export type Tone = "good" | "bad" | "info";

export interface Note {
  id: number;
  tone: Tone;
  text: string;
}

export const notes = signal<readonly Note[]>([]);
let nextId = 1;

export function tell(tone: Tone, text: string): void {
  const note = { id: nextId++, tone, text };
  notes.value = [...notes.value, note].slice(-SHOWN_MAX);
  setTimeout(() => dismiss(note.id), SHOWN_MS);
}

export function dismiss(id: number): void {
  notes.value = notes.value.filter((note) => note.id !== id);
}

/** Tell what a failed action said. */
export function tellError(error: unknown): void {
  tell("bad", error instanceof Error ? error.message : String(error));
}
