/** PnL and margin ratio over a range of moves, and where positions die, as one drawing. */
import { useEffect, useRef, useState } from "preact/hooks";
import { compact, percent, signed } from "../../lib/format";

export interface Step {
  move: number;
  pnl: number;
  /** `null` where no balance is left. */
  ratio: number | null;
  dead: readonly string[];
}

export interface Death {
  name: string;
  move: number;
}

const HEIGHT = 260;
const PAD = { left: 64, right: 48, top: 26, bottom: 26 };
/** Above this a margin ratio is not drawn: liquidation begins at 1. */
const RATIO_SHOWN_MAX = 1.2;

/** Room of the words over a mark. */
const LABEL_PX = 170;

interface Scale {
  x: (move: number) => number;
  pnl: (value: number) => number;
  ratio: (value: number) => number;
}

function scaleOf(steps: readonly Step[], width: number): Scale & { low: number; high: number } {
  const from = steps[0]!.move;
  const to = steps.at(-1)!.move;
  const values = steps.map((step) => step.pnl);
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const span = high - low || 1;
  const inner = HEIGHT - PAD.top - PAD.bottom;
  return {
    low,
    high,
    x: (move) => PAD.left + ((move - from) / (to - from)) * (width - PAD.left - PAD.right),
    pnl: (value) => PAD.top + (1 - (value - low) / span) * inner,
    ratio: (value) => PAD.top + (1 - Math.min(value, RATIO_SHOWN_MAX) / RATIO_SHOWN_MAX) * inner,
  };
}

function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** Deaths that are near each other share a mark. */
function gathered(deaths: readonly Death[]): { move: number; names: string[] }[] {
  const marks: { move: number; names: string[] }[] = [];
  for (const death of [...deaths].sort((a, b) => a.move - b.move)) {
    const before = marks.at(-1);
    if (before && death.move - before.move < 0.03) before.names.push(death.name);
    else marks.push({ move: death.move, names: [death.name] });
  }
  return marks;
}

/** Marks and where their words stand; without words where those of the mark before are in the way. */
function placed(deaths: readonly Death[], x: (move: number) => number, width: number) {
  let free = Number.NEGATIVE_INFINITY;
  return gathered(deaths).map(({ move, names }) => {
    const at = Math.min(Math.max(x(move), LABEL_PX / 2), width - LABEL_PX / 2);
    const told = at >= free;
    if (told) free = at + LABEL_PX;
    return { move, names, at, told };
  });
}

export function WhatIfChart({ steps, deaths, at }: { steps: readonly Step[]; deaths: readonly Death[]; at: number }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.max(280, entry!.contentRect.width)));
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, []);
  const scale = scaleOf(steps, width);
  const chosen = steps[at]!;
  const alive = steps.filter((step) => step.ratio !== null && step.ratio <= RATIO_SHOWN_MAX);
  const best = (step: Step): boolean => step.pnl >= 0;
  const zero = scale.pnl(0);
  const area = (rising: boolean): string => {
    const points = steps.map((step) => [scale.x(step.move), best(step) === rising ? scale.pnl(step.pnl) : zero] as const);
    return `${path([[scale.x(steps[0]!.move), zero], ...points, [scale.x(steps.at(-1)!.move), zero]])}Z`;
  };
  const ticks = [steps[0]!.move, steps[0]!.move / 2, 0, steps.at(-1)!.move / 2, steps.at(-1)!.move];
  return (
    <div ref={place}>
    <svg class="what-if" width={width} height={HEIGHT} role="img" aria-label="PnL and margin ratio over moves of the price">
      <path d={area(true)} class="gain" />
      <path d={area(false)} class="loss" />
      <line x1={PAD.left} x2={width - PAD.right} y1={zero} y2={zero} class="axis" />
      <line x1={PAD.left} x2={width - PAD.right} y1={scale.ratio(1)} y2={scale.ratio(1)} class="limit" />
      <text x={width - PAD.right + 6} y={scale.ratio(1) + 4} class="ratio-text">100 %</text>
      <text x={width - PAD.right + 6} y={scale.ratio(0.5) + 4} class="ratio-text">50 %</text>
      <path d={path(steps.map((step) => [scale.x(step.move), scale.pnl(step.pnl)] as const))} class="pnl" />
      <path d={path(alive.map((step) => [scale.x(step.move), scale.ratio(step.ratio!)] as const))} class="ratio-line" />
      {[scale.low, scale.high].map((value) => value !== 0 && (
        <text key={value} x={PAD.left - 6} y={scale.pnl(value) + 4} class="end">{compact(value)}</text>
      ))}
      <text x={PAD.left - 6} y={zero + 4} class="end">0</text>
      {ticks.map((move) => (
        <text key={move} x={scale.x(move)} y={HEIGHT - 8} class="middle">{signed(move * 100, 0)} %</text>
      ))}
      {placed(deaths, scale.x, width).map(({ move, names, at: middle, told }) => (
        <g key={names.join()} class="death">
          <line x1={scale.x(move)} x2={scale.x(move)} y1={PAD.top} y2={HEIGHT - PAD.bottom} />
          {told && (
            <text x={middle} y={PAD.top - 9} class="middle">
              ✕ {names[0]}
              {names.length > 1 ? ` +${names.length - 1}` : ""} {percent(move, 1, true)}
            </text>
          )}
        </g>
      ))}
      <g class="chosen">
        <line x1={scale.x(chosen.move)} x2={scale.x(chosen.move)} y1={PAD.top} y2={HEIGHT - PAD.bottom} />
        <circle cx={scale.x(chosen.move)} cy={scale.pnl(chosen.pnl)} r="5" />
      </g>
    </svg>
    </div>
  );
}
