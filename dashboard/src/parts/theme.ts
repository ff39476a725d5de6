/** Dark or light: as the system has it until the reader chooses. */
import { signal } from "@preact/signals";
import { remember, remembered } from "../lib/memory";

export type Theme = "dark" | "light";
const system = matchMedia("(prefers-color-scheme: light)");
const chosen = remembered("theme");

export const theme = signal<Theme>(
  chosen === "light" || chosen === "dark" ? chosen : system.matches ? "light" : "dark",
);

theme.subscribe((now) => {
  document.documentElement.dataset.theme = now;
});

export function toggleTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  remember("theme", theme.value);
}

/** A colour of the style sheet, for canvases. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
