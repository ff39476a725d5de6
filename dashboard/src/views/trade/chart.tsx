/** Candles and volume, with the account's lines over them. */
import {
  type AutoscaleInfo,
  CandlestickSeries,
  ColorType,
  createChart,
  CrosshairMode,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { effect, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Candle, followCandle, type Interval, INTERVALS, readCandles } from "../../data/candles";
import { onReturn } from "../../data/link";
import { type Contract, contract } from "../../data/market";
import { tellError } from "../../data/notes";
import { compact, fixed, signed } from "../../lib/format";
import { remember, remembered } from "../../lib/memory";
import { colour, theme } from "../../parts/theme";
import { Empty, Panel, SelectField } from "../../parts/ui";
import { amendTo } from "./actions";
import { type Line, linesOf } from "./chart-lines";
import { dragLines } from "./chart-drag";

const SHOWN_DIRECTLY: readonly Interval[] = ["1m", "5m", "15m", "1h", "4h", "1d"];
const OLDER_WHEN_LEFT = 20;
/** Lines within this share of the price are kept in sight. */
const NEAR_SHARE = 0.02;
const FALLBACK: Interval = "1m";

export const interval = signal<Interval>(
  INTERVALS.find((each) => each === remembered("interval")) ?? FALLBACK,
);
/** Counts returns of the box, each of which reads the candles anew. */
const returns = signal(0);
onReturn(() => {
  returns.value += 1;
});

class View {
  readonly chart: IChartApi;
  readonly candles: ISeriesApi<"Candlestick">;
  readonly volume: ISeriesApi<"Histogram">;
  private readonly lines = new Map<string, { line: Line; drawn: IPriceLine }>();
  private rows: Candle[] = [];
  private tints = { up: "", down: "" };

  constructor(place: HTMLElement) {
    this.chart = createChart(place, {
      autoSize: true,
      layout: { attributionLogo: false, fontFamily: "Inter Variable, system-ui, sans-serif", fontSize: 11 },
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.22 }, minimumWidth: 78 },
      timeScale: { borderVisible: false, timeVisible: true, rightOffset: 6, minBarSpacing: 1.5 },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, {
      priceLineVisible: true,
      autoscaleInfoProvider: (original: () => AutoscaleInfo | null) => this.withLines(original()),
    });
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  }

  paint(): void {
    const [up, down, panel] = [colour("up"), colour("down"), colour("panel")];
    this.tints = { up: colour("up-bar"), down: colour("down-bar") };
    this.chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: panel }, textColor: colour("dim") },
      grid: { vertLines: { color: colour("grid") }, horzLines: { color: colour("grid") } },
      crosshair: {
        vertLine: { color: colour("line-strong"), labelBackgroundColor: colour("line-strong") },
        horzLine: { color: colour("line-strong"), labelBackgroundColor: colour("line-strong") },
      },
    });
    // Rising candles are hollow and falling ones filled: a cue beside the colour.
    this.candles.applyOptions({ upColor: panel, downColor: down, borderUpColor: up, borderDownColor: down, wickUpColor: up, wickDownColor: down });
    this.tintPrice();
    this.volume.setData(this.rows.map((row) => this.bar(row)));
    for (const { line, drawn } of this.lines.values()) drawn.applyOptions({ color: colour(line.colour) });
  }

  format(known: Contract): void {
    this.candles.applyOptions({
      priceFormat: { type: "price", precision: known.pricePlaces, minMove: Number(known.tick) },
    });
  }

  show(rows: Candle[], fit: boolean): void {
    this.rows = rows;
    this.candles.setData(rows.map((row) => ({ ...row, time: row.time as UTCTimestamp })));
    this.volume.setData(rows.map((row) => this.bar(row)));
    this.tintPrice();
    if (!fit) return;
    this.chart.timeScale().applyOptions({ barSpacing: rows.length < 60 ? 12 : 7 });
    this.chart.timeScale().scrollToRealTime();
  }

  put(row: Candle): void {
    const before = this.rows.at(-1);
    if (before && row.time < before.time) return;
    if (before?.time === row.time) this.rows[this.rows.length - 1] = row;
    else this.rows.push(row);
    this.candles.update({ ...row, time: row.time as UTCTimestamp });
    this.volume.update(this.bar(row));
    this.tintPrice();
  }

  /** Line and label of the last price go with its candle; a hollow one would leave them without a ground. */
  private tintPrice(): void {
    const last = this.latest;
    const tint = colour(last && last.close < last.open ? "down" : "up");
    if (this.candles.options().priceLineColor !== tint) this.candles.applyOptions({ priceLineColor: tint });
  }

  get first(): Candle | undefined {
    return this.rows[0];
  }

  get latest(): Candle | undefined {
    return this.rows.at(-1);
  }

  at(time: number): Candle | undefined {
    return this.rows.findLast((row) => row.time === time);
  }

  prepend(older: Candle[]): void {
    const first = this.first?.time ?? Number.POSITIVE_INFINITY;
    this.show([...older.filter((row) => row.time < first), ...this.rows], false);
  }

  /** Draw these lines and no others, moving what is there already. */
  draw(lines: readonly Line[], dragged: string): void {
    const wanted = new Map(lines.map((line) => [line.key, line]));
    for (const [key, { drawn }] of this.lines) {
      if (wanted.has(key)) continue;
      this.candles.removePriceLine(drawn);
      this.lines.delete(key);
    }
    for (const line of lines) {
      const known = this.lines.get(line.key);
      const options = { price: line.price, title: line.title, color: colour(line.colour), lineStyle: line.style, lineWidth: 1 as const, axisLabelVisible: true };
      if (!known) this.lines.set(line.key, { line, drawn: this.candles.createPriceLine(options) });
      else if (line.key !== dragged) {
        known.line = line;
        known.drawn.applyOptions(options);
      }
    }
  }

  drawn(): Iterable<{ line: Line; drawn: IPriceLine }> {
    return this.lines.values();
  }

  /** Widen the scale to lines that are near; a far one would flatten the candles. */
  private withLines(info: AutoscaleInfo | null): AutoscaleInfo | null {
    const range = info?.priceRange;
    if (!info || !range) return info;
    const reach = Math.max((range.maxValue - range.minValue) * 2, range.maxValue * NEAR_SHARE);
    let { minValue, maxValue } = range;
    for (const { line } of this.lines.values()) {
      if (line.price > range.maxValue + reach || line.price < range.minValue - reach) continue;
      minValue = Math.min(minValue, line.price);
      maxValue = Math.max(maxValue, line.price);
    }
    return { ...info, priceRange: { minValue, maxValue } };
  }

  private bar(row: Candle) {
    return { time: row.time as UTCTimestamp, value: row.volume, color: row.close >= row.open ? this.tints.up : this.tints.down };
  }
}

function Legend({ candle, known }: { candle: Candle | undefined; known: Contract }) {
  if (!candle) return null;
  const change = candle.close - candle.open;
  const cell = (name: string, figure: number) => (
    <span>
      <i>{name}</i> {fixed(figure, known.pricePlaces)}
    </span>
  );
  return (
    <div class="legend" aria-hidden="true">
      {cell("O", candle.open)}
      {cell("H", candle.high)}
      {cell("L", candle.low)}
      {cell("C", candle.close)}
      <span class={change >= 0 ? "up" : "down"}>{signed((change / candle.open) * 100, 2)} %</span>
      <span>
        <i>Vol</i> {compact(candle.volume)}
      </span>
    </div>
  );
}

const noCandle = signal<Candle | undefined>(undefined);

export function Chart() {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<View | null>(null);
  const [state, setState] = useState<"reading" | "shown" | "failed">("reading");
  const [why, setWhy] = useState("");
  const known = contract.value;
  const name = known?.symbol;
  const chosen = interval.value;
  const round = returns.value;

  useEffect(() => {
    const made = new View(place.current!);
    view.current = made;
    let dragged = "";
    const stops = [
      effect(() => {
        void theme.value;
        made.paint();
      }),
      effect(() => {
        const now = contract.value;
        if (now) made.draw(linesOf(now), dragged);
      }),
      dragLines(made, place.current!, {
        start: (key) => {
          dragged = key;
        },
        end: async (line, price) => {
          try {
            if (price !== null) await amendTo(line.order!, price);
          } catch (error) {
            tellError(error);
          } finally {
            dragged = "";
            const now = contract.value;
            if (now) made.draw(linesOf(now), "");
          }
        },
      }),
    ];
    made.chart.subscribeCrosshairMove(({ time }) => {
      noCandle.value = time === undefined ? made.latest : made.at(time as number);
    });
    return () => {
      for (const stop of stops) stop();
      made.chart.remove();
    };
  }, []);

  useEffect(() => {
    const made = view.current;
    if (!known || !made || !name) return undefined;
    let over = false;
    let exhausted = false;
    let asking = false;
    setState("reading");
    made.format(known);
    made.show([], false);
    noCandle.value = undefined;
    const early: Candle[] = [];
    let ready = false;
    const stop = followCandle(name, chosen, (candle) => {
      if (!ready) early.push(candle);
      else {
        const following = noCandle.value === made.latest || noCandle.value?.time === candle.time;
        made.put(candle);
        if (following) noCandle.value = candle;
      }
    });
    readCandles(name, chosen).then(
      (rows) => {
        if (over) return;
        made.show(rows, true);
        early.forEach((candle) => made.put(candle));
        ready = true;
        noCandle.value = made.latest;
        setState("shown");
      },
      (error: Error) => {
        if (over) return;
        setWhy(error.message);
        setState("failed");
      },
    );
    const older = (range: { from: number } | null): void => {
      const first = made.first;
      if (!range || !ready || range.from > OLDER_WHEN_LEFT || exhausted || asking || !first) return;
      asking = true;
      readCandles(name, chosen, first.time * 1000 - 1)
        .then((rows) => {
          if (over) return;
          exhausted = rows.length === 0;
          if (rows.length) made.prepend(rows);
        })
        .catch(() => {
          exhausted = true;
        })
        .finally(() => {
          asking = false;
        });
    };
    made.chart.timeScale().subscribeVisibleLogicalRangeChange(older);
    return () => {
      over = true;
      stop();
      made.chart.timeScale().unsubscribeVisibleLogicalRangeChange(older);
    };
  }, [name, chosen, round]);

  const pick = (value: Interval): void => {
    interval.value = value;
    remember("interval", value);
  };
  const others = INTERVALS.filter((each) => !SHOWN_DIRECTLY.includes(each));
  const tools = (
    <div class="intervals">
      <div role="radiogroup" aria-label="Interval" class="row tight">
        {SHOWN_DIRECTLY.map((each) => (
          <button key={each} type="button" role="radio" aria-checked={each === chosen} class="pill" onClick={() => pick(each)}>
            {each}
          </button>
        ))}
      </div>
      <SelectField
        bare
        label="More intervals"
        value={SHOWN_DIRECTLY.includes(chosen) ? "" : chosen}
        options={[["", "More"], ...others.map((each) => [each, each] as const)]}
        onPick={(value) => value && pick(value as Interval)}
      />
    </div>
  );
  return (
    <Panel label="Chart" class="chart" title={tools} tools={known && <Legend candle={noCandle.value} known={known} />}>
      <div class="chart-place" ref={place}>
        {state === "failed" && (
          <div class="over">
            <Empty title="The candles could not be read">{why}</Empty>
          </div>
        )}
      </div>
      {known && (
        <ul class="sr" aria-label="Lines on the chart">
          {linesOf(known).map((line) => (
            <li key={line.key}>
              {line.title} {fixed(line.price, known.pricePlaces)}
            </li>
          ))}
        </ul>
      )}
      <a class="attribution" href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
        Charts by TradingView
      </a>
    </Panel>
  );
}
