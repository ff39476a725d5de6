/** Dragging an order's line: the pointer takes it up near the line and lays it down on a tick. */
import type { IChartApi, IPriceLine, ISeriesApi } from "lightweight-charts";
import { contract } from "../../data/market";
import { roundText } from "../../lib/format";
import type { Line } from "./chart-lines";

const REACH_PX = 6;
const REACH_TOUCH_PX = 14;
/** Nearer than this to where it was, a line was clicked and not moved. */
const MOVED_PX = 3;

interface Drawn {
  line: Line;
  drawn: IPriceLine;
}

interface Draggable {
  chart: IChartApi;
  candles: ISeriesApi<"Candlestick">;
  drawn(): Iterable<Drawn>;
}

interface Hands {
  start(key: string): void;
  /** `price` is null where nothing was moved. */
  end(line: Line, price: string | null): void;
}

/** The nearest price on a tick. */
export function onTick(price: number, tick: string, places: number): string {
  return roundText((Math.round(price / Number(tick)) * Number(tick)).toFixed(places + 2), places);
}

export function dragLines(view: Draggable, place: HTMLElement, hands: Hands): () => void {
  let held: Drawn | null = null;
  let fromY = 0;
  let price: string | null = null;

  const near = (event: PointerEvent): Drawn | null => {
    const y = event.clientY - place.getBoundingClientRect().top;
    const reach = event.pointerType === "touch" ? REACH_TOUCH_PX : REACH_PX;
    let best: Drawn | null = null;
    let least = reach;
    for (const each of view.drawn()) {
      if (!each.line.order) continue;
      const at = view.candles.priceToCoordinate(each.line.price);
      if (at !== null && Math.abs(at - y) <= least) {
        best = each;
        least = Math.abs(at - y);
      }
    }
    return best;
  };
  const down = (event: PointerEvent): void => {
    held = near(event);
    if (!held) return;
    fromY = event.clientY;
    price = null;
    view.chart.applyOptions({ handleScroll: false, handleScale: false });
    place.setPointerCapture(event.pointerId);
    hands.start(held.line.key);
    event.preventDefault();
  };
  const move = (event: PointerEvent): void => {
    if (!held) {
      place.style.cursor = near(event) ? "ns-resize" : "";
      return;
    }
    const known = contract.value;
    const y = event.clientY - place.getBoundingClientRect().top;
    const at = view.candles.coordinateToPrice(y);
    if (!known || at === null || Math.abs(event.clientY - fromY) < MOVED_PX) return;
    price = onTick(at, known.tick, known.pricePlaces);
    held.drawn.applyOptions({ price: Number(price) });
  };
  const release = (keep: boolean): void => {
    if (!held) return;
    const { line } = held;
    held = null;
    view.chart.applyOptions({ handleScroll: true, handleScale: true });
    hands.end(line, keep ? price : null);
  };
  const up = (): void => release(true);
  const cancel = (): void => release(false);
  const escape = (event: KeyboardEvent): void => {
    if (event.key === "Escape") release(false);
  };
  place.addEventListener("pointerdown", down, { capture: true });
  place.addEventListener("pointermove", move);
  place.addEventListener("pointerup", up);
  place.addEventListener("pointercancel", cancel);
  document.addEventListener("keydown", escape);
  return () => {
    place.removeEventListener("pointerdown", down, { capture: true });
    place.removeEventListener("pointermove", move);
    place.removeEventListener("pointerup", up);
    place.removeEventListener("pointercancel", cancel);
    document.removeEventListener("keydown", escape);
  };
}
