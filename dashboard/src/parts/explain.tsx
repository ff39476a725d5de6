/** A number that can be asked how it came about, and the answer term by term. */
import { useEffect, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { symbol as looked } from "../data/market";
import { fixed, plain, words } from "../lib/format";
import { lab } from "../lib/http";
import { showDialog } from "./dialogs";
import { Empty } from "./ui";

interface Term {
  name: string;
  value: string;
  unit: string;
  source: string;
}

interface Step {
  name: string;
  formula: string;
  numbers: string;
  terms: Term[];
  rounding: { function: string; direction: string; places?: number; evidence: string } | null;
  value: string;
  unit: string;
}

interface Bracket {
  position: string;
  bracket: number;
  maintMarginRate: string;
  cum: string;
  why: string;
}

interface Explanation {
  field: string;
  value: string;
  unit: string;
  steps: Step[];
  brackets?: Bracket[];
  note?: string;
  printed?: Record<string, string>;
}

/** Where the number stands in the answer. */
export interface Asked {
  account: number;
  field: string;
  symbol?: string;
  positionSide?: string;
}

type Explanations = Record<string, Explanation>;

interface Answer {
  positions: { positionSide: string; fields: Explanations }[];
  assets: { asset: string; fields: Explanations }[];
  totals: Explanations;
}

/** Of the account as a whole where no leg and no asset is named. */
function find(told: Answer, asked: Asked): Explanation | undefined {
  if (asked.positionSide) {
    return told.positions.find((leg) => leg.positionSide === asked.positionSide)?.fields[asked.field];
  }
  return told.totals[asked.field] ?? told.assets[0]?.fields[asked.field];
}

const OF_MARKET = new Set(["markPrice", "indexPrice", "lastFundingRate"]);

async function read(asked: Asked): Promise<Explanation | undefined> {
  const { account, symbol = looked.value, positionSide } = asked;
  if (OF_MARKET.has(asked.field)) {
    return (await lab<{ fields: Explanations }>("GET", "/explain/market", { symbol })).fields[asked.field];
  }
  return find(await lab<Answer>("GET", "/explain/positionRisk", { account, symbol, positionSide }), asked);
}

function StepView({ step, at }: { step: Step; at: number }) {
  return (
    <li class="step">
      <h3>
        <span class="dim">{at + 1}.</span> {step.name} <span class="spacer" />
        <span class="nowrap">
          <b>{plain(step.value)}</b> <span class="dim">{step.unit}</span>
        </span>
      </h3>
      <code>{step.formula}</code>
      {step.numbers !== step.formula && <code class="dim">= {step.numbers}</code>}
      <dl>
        {step.terms.map((term) => (
          <div key={term.name}>
            <dt>{term.name}</dt>
            <dd>
              {plain(term.value)} <span class="dim">{term.unit}</span>
            </dd>
            <dd class="dim">{term.source}</dd>
          </div>
        ))}
      </dl>
      {step.rounding && (
        <p class="dim">
          Rounded {step.rounding.direction}
          {step.rounding.places === undefined ? "" : `, ${step.rounding.places} decimals`}. {step.rounding.evidence}
        </p>
      )}
    </li>
  );
}

function View({ asked }: { asked: Asked }) {
  const [found, setFound] = useState<Explanation | null>(null);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    read(asked).then(
      (one) => {
        if (one) setFound(one);
        else setFailed("The box has no explanation of this number.");
      },
      (error: Error) => setFailed(error.message),
    );
  }, []);
  if (failed) return <Empty title="No explanation">{failed}</Empty>;
  if (!found) return <Empty title="Reading …" />;
  return (
    <div class="explanation stack">
      <p class="answer">
        <strong>{fixed(found.value, Math.max(2, (found.value.split(".")[1] ?? "").length))}</strong> <span class="dim">{found.unit}</span>
      </p>
      {found.note && <p class="dim">{found.note}</p>}
      <ol>
        {found.steps.map((step, at) => (
          <StepView key={at} step={step} at={at} />
        ))}
      </ol>
      {found.brackets && found.brackets.length > 0 && (
        <div class="scroll">
          <table>
            <caption class="dim">Brackets</caption>
            <thead>
              <tr>
                <th>Position</th>
                <th class="num">Bracket</th>
                <th class="num">Rate</th>
                <th class="num">Cum</th>
                <th>Because</th>
              </tr>
            </thead>
            <tbody>
              {found.brackets.map((row, at) => (
                <tr key={at}>
                  <td>{row.position}</td>
                  <td class="num">{row.bracket}</td>
                  <td class="num">{row.maintMarginRate}</td>
                  <td class="num">{plain(row.cum)}</td>
                  <td class="dim">{row.why}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

export function Explained(props: Asked & { children: ComponentChildren; class?: string }) {
  const { children, class: extra = "", ...asked } = props;
  const show = (): void => {
    const of = [asked.symbol, asked.positionSide !== "BOTH" ? asked.positionSide?.toLowerCase() : undefined].filter(Boolean).join(" ");
    showDialog(`${words(asked.field)}${of ? ` of ${of}` : ""}`, () => <View asked={asked} />, true);
  };
  return (
    <button type="button" class={`figure ${extra}`} onClick={show}>
      {children}
      <span class="sr"> {words(asked.field).toLowerCase()}: explain</span>
    </button>
  );
}
