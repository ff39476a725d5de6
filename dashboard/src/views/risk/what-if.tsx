/** What the account would be worth at other prices, asked of the engine for a whole range at once. */
import { useEffect, useState } from "preact/hooks";
import { positions } from "../../data/account";
import { account } from "../../data/session";
import { fixed, percent, signed } from "../../lib/format";
import { type ApiError, lab } from "../../lib/http";
import { Empty, Panel, SelectField, tone } from "../../parts/ui";
import { type Death, type Step, WhatIfChart } from "./what-if-chart";

const REACH = 0.5;
/** One step a half percent. */
const STEPS = 201;
const MIDDLE = (STEPS - 1) / 2;
const SETTLE_MS = 400;
const ALL = "";

interface Told {
  steps: {
    moves: Record<string, string>;
    marks: Record<string, string>;
    pnl: string;
    pnlChange: string;
    equity: string;
    maintMargin: string;
    marginRatio: string | null;
    dead: { symbol: string; positionSide: string }[];
  }[];
}
type ToldStep = Told["steps"][number];

const moveOf = (at: number): number => -REACH + (2 * REACH * at) / (STEPS - 1);
const nameOf = (leg: { symbol: string; positionSide: string }): string =>
  leg.positionSide === "BOTH" ? leg.symbol : `${leg.symbol} ${leg.positionSide.toLowerCase()}`;

/** Where each position dies first, going outwards from where the price is. */
function deathsOf(steps: readonly ToldStep[]): Death[] {
  const deaths: Death[] = [];
  for (const way of [-1, 1]) {
    const seen = new Set<string>();
    for (let at = MIDDLE; at >= 0 && at < steps.length; at += way) {
      for (const leg of steps[at]!.dead) {
        const name = nameOf(leg);
        if (!seen.has(name)) deaths.push({ name, move: moveOf(at) });
        seen.add(name);
      }
    }
  }
  return deaths;
}

const NAMED_MAX = 3;

/** The first of them by name, the others by number. */
function listed(legs: ToldStep["dead"]): string {
  const names = legs.slice(0, NAMED_MAX).map(nameOf).join(", ");
  return legs.length > NAMED_MAX ? `${names} and ${legs.length - NAMED_MAX} more` : names;
}

function Figures({ step, at }: { step: ToldStep; at: number }) {
  const move = moveOf(at);
  const ratio = step.marginRatio === null ? "no balance" : percent(step.marginRatio);
  return (
    <dl class="what-if-figures" aria-live="polite">
      <div>
        <dt>Price moves</dt>
        <dd class={tone(move)}>{percent(move, 1, true)}</dd>
      </div>
      <div>
        <dt>PnL</dt>
        <dd class={tone(step.pnl)}>{signed(step.pnl, 2)}</dd>
      </div>
      <div>
        <dt>Change</dt>
        <dd class={tone(step.pnlChange)}>{signed(step.pnlChange, 2)}</dd>
      </div>
      <div>
        <dt>Equity</dt>
        <dd>{fixed(step.equity, 2)}</dd>
      </div>
      <div>
        <dt>Maintenance</dt>
        <dd>{fixed(step.maintMargin, 2)}</dd>
      </div>
      <div>
        <dt>Margin ratio</dt>
        <dd class={step.marginRatio === null || Number(step.marginRatio) >= 1 ? "down" : ""}>{ratio}</dd>
      </div>
      <div>
        <dt>Dead</dt>
        <dd class={step.dead.length ? "down" : ""}>{step.dead.length ? `✕ ${listed(step.dead)}` : "none"}</dd>
      </div>
    </dl>
  );
}

export function WhatIf() {
  const [of, setOf] = useState<string>(ALL);
  const [at, setAt] = useState(MIDDLE);
  const [told, setTold] = useState<Told | null>(null);
  const [failed, setFailed] = useState("");
  const held = positions.value;
  const names = [...new Set(held.map((each) => each.symbol))];
  const picked = names.includes(of) ? of : ALL;
  const shape = held.map((each) => each.symbol + each.positionAmt + each.isolatedWallet).join();
  useEffect(() => {
    let over = false;
    const timer = setTimeout(() => {
      lab<Told>("POST", "/whatif", {
        account: account.value,
        ...(picked ? { symbol: picked } : {}),
        from: String(-REACH),
        to: String(REACH),
        steps: STEPS,
      }).then(
        (answer) => {
          if (over) return;
          setTold(answer);
          setFailed("");
        },
        (error: ApiError) => !over && setFailed(error.message),
      );
    }, told ? SETTLE_MS : 0);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [picked, shape, account.value]);
  const tools = (
    <SelectField
      bare
      label="What moves"
      value={picked}
      options={[[ALL, "All positions move alike"], ...names.map((name) => [name, `Only ${name} moves`] as const)]}
      onPick={setOf}
    />
  );
  const step = told?.steps[at];
  if (!told || !step) {
    return (
      <Panel title="What if" tools={tools}>
        <Empty title={failed ? "The box cannot tell" : "Reading …"}>{failed}</Empty>
      </Panel>
    );
  }
  const steps: Step[] = told.steps.map((each, index) => ({
    move: moveOf(index),
    pnl: Number(each.pnl),
    ratio: each.marginRatio === null ? null : Number(each.marginRatio),
    dead: each.dead.map(nameOf),
  }));
  return (
    <Panel title="What if" tools={tools}>
      <div class="body stack">
        <Figures step={step} at={at} />
        <WhatIfChart steps={steps} deaths={deathsOf(told.steps)} at={at} />
        <input
          type="range"
          class="what-if-slider"
          min={0}
          max={STEPS - 1}
          value={at}
          aria-label="Move of the price"
          aria-valuetext={percent(moveOf(at), 1, true)}
          onInput={(event) => setAt(Number(event.currentTarget.value))}
        />
        <p class="row dim">
          <span class="key pnl-key">PnL</span>
          <span class="key ratio-key">Margin ratio, liquidation at 100 %</span>
          <span>✕ where a position dies</span>
          <span class="spacer" />
          <button type="button" class="btn small" onClick={() => setAt(MIDDLE)}>
            Back to now
          </button>
        </p>
      </div>
    </Panel>
  );
}
