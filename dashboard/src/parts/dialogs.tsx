/** The one dialog that is open, whoever opened it. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Dialog } from "./ui";

interface Shown {
  title: string;
  wide?: boolean;
  body: () => ComponentChildren;
}

const shown = signal<Shown | null>(null);

export function showDialog(title: string, body: () => ComponentChildren, wide = false): void {
  shown.value = { title, body, wide };
}

export function closeDialog(): void {
  shown.value = null;
}

export function OpenDialog() {
  const now = shown.value;
  if (!now) return null;
  const Body = now.body;
  return (
    <Dialog key={now.title} title={now.title} wide={now.wide} onClose={closeDialog}>
      <Body />
    </Dialog>
  );
}
