/** Where the page is: `#/trade/BTCUSDT`, `#/risk`, `#/history/trades`, `#/control`. */
import { signal } from "@preact/signals";

export const VIEWS = ["trade", "risk", "history", "control"] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  view: View;
  rest: string;
}

function read(): Place {
  const [, name = "", ...rest] = decodeURIComponent(location.hash.replace(/^#/, "")).split("/");
  const view = VIEWS.find((each) => each === name) ?? "trade";
  return { view, rest: rest.join("/") };
}

export const place = signal<Place>(safely());

function safely(): Place {
  try {
    return read();
  } catch {
    return { view: "trade", rest: "" };
  }
}

window.addEventListener("hashchange", () => {
  place.value = safely();
});

export function href(view: View, rest = ""): string {
  return `#/${view}${rest && `/${encodeURIComponent(rest)}`}`;
}

export function go(view: View, rest = ""): void {
  location.hash = href(view, rest);
}
