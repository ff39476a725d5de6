/** Time at the operator's will. */
import { useState } from "preact/hooks";
import { boxNow, type Clock, clock, type ClockMode, second, tellClock } from "../../data/clock";
import { mark, symbol } from "../../data/market";
import { countdown, stamp } from "../../lib/format";
import { lab } from "../../lib/http";
import { Panel, Refusal, Segments, SelectField, TextField } from "../../parts/ui";
import { useSending } from "./send";

const MODES: readonly (readonly [ClockMode, string])[] = [
  ["real", "Real"],
  ["frozen", "Frozen"],
  ["scaled", "Scaled"],
  ["jumping", "Jumping"],
];
const SPEEDS = ["0.1", "0.5", "1", "2", "10", "60", "600", "3600"] as const;
const STEPS: readonly (readonly [number, string])[] = [
  [1000, "+1 s"],
  [60_000, "+1 min"],
  [3_600_000, "+1 h"],
  [86_400_000, "+1 d"],
];
const WORDS: Record<ClockMode, string> = {
  real: "Follows the wall clock.",
  frozen: "Stands still until you move it.",
  scaled: "Runs at a speed of your choice.",
  jumping: "Goes straight to what is due next.",
};

async function setClock(fields: object): Promise<void> {
  tellClock(await lab<Clock>("POST", "/clock", fields));
}

/** Move the clock; one that follows the wall is stopped first, since it cannot be moved. */
async function advance(fields: { ms: number } | { to: number }): Promise<void> {
  if (clock.value?.mode === "real") await setClock({ mode: "frozen" });
  tellClock(await lab<Clock>("POST", "/clock/advance", fields));
}

function Now() {
  void second.value;
  return <time class="big-time">{stamp(boxNow())}</time>;
}

function ToFunding({ send, busy }: { send: (work: () => Promise<unknown>) => void; busy: boolean }) {
  void second.value;
  const next = mark(symbol.value).value?.nextFundingMs ?? 0;
  return (
    <button type="button" class="btn primary" disabled={busy || !next} onClick={() => send(() => advance({ to: next }))}>
      Jump to funding <span>{next ? `in ${countdown(next - boxNow())}` : ""}</span>
    </button>
  );
}

export function ClockPanel() {
  const { error, busy, send } = useSending();
  const [to, setTo] = useState("");
  const now = clock.value;
  const mode = now?.mode ?? "real";
  const speed = now?.speed ?? "1";
  const speeds = (SPEEDS as readonly string[]).includes(speed) ? SPEEDS : [speed, ...SPEEDS];
  return (
    <Panel title="Clock" tools={<span class="dim">UTC</span>}>
      <div class="body stack">
        <Now />
        <div class="row">
          <div class="grow">
            <Segments label="Clock" value={mode} options={MODES} onPick={(next) => send(() => setClock(next === "scaled" ? { mode: next, speed: "10" } : { mode: next }))} />
          </div>
          {mode === "scaled" && (
            <SelectField
              bare
              label="Speed"
              value={speed}
              options={speeds.map((each) => [each, `${each}×`] as const)}
              onPick={(next) => send(() => setClock({ mode: "scaled", speed: next }))}
            />
          )}
        </div>
        <p class="dim">{WORDS[mode]}</p>
        <div class="row even tight">
          {STEPS.map(([ms, name]) => (
            <button key={ms} type="button" class="btn" disabled={busy} onClick={() => send(() => advance({ ms }))}>
              {name}
            </button>
          ))}
        </div>
        <ToFunding send={send} busy={busy} />
        <form class="row end" onSubmit={(event) => { event.preventDefault(); send(() => advance({ to: Date.parse(`${to.trim().replace(" ", "T")}Z`) || 0 })); }}>
          <div class="grow">
            <TextField label="Or to a time" value={to} placeholder={stamp(boxNow())} onInput={setTo} />
          </div>
          <button type="submit" class="btn" disabled={busy || !to.trim()}>
            Go there
          </button>
        </form>
        {mode === "real" && <p class="dim">Moving it stops it: a real clock cannot be ahead.</p>}
        <Refusal error={error} />
      </div>
    </Panel>
  );
}
