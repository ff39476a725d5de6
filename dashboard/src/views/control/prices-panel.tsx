/** Prices at the operator's will: pins, shocks, funding rate. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { type Contract, contracts, mark, symbol } from "../../data/market";
import { tell } from "../../data/notes";
import { fixed, percent, signed } from "../../lib/format";
import { lab, open } from "../../lib/http";
import { NumberField, Panel, Refusal, SelectField } from "../../parts/ui";
import { onTick } from "../trade/chart-drag";
import { useSending } from "./send";

/** The contract that the control room acts on; the one that was looked at until another is picked. */
export const operated = signal("");
const SHOCKS = [-20, -10, -5, -1, 1, 5, 10, 20] as const;

interface Pinned {
  symbol: string;
  index: string;
  mark: string;
  last: string;
  pinned: string[];
}

async function pin(known: Contract, fields: object): Promise<Pinned> {
  return lab<Pinned>("POST", "/prices", { symbol: known.symbol, ...fields });
}

/** Move index, mark and last by the same share, all at once. */
async function shock(known: Contract, share: number): Promise<Pinned> {
  const { markPrice } = await open<{ markPrice: string }>("/fapi/v1/premiumIndex", { symbol: known.symbol });
  const price = onTick(Number(markPrice) * (1 + share / 100), known.tick, known.pricePlaces);
  const told = await pin(known, { index: price, mark: price, last: price });
  tell("info", `${known.symbol} ${signed(share, 0)} %: ${fixed(price, known.pricePlaces)}`);
  return told;
}

export function PricesPanel() {
  const { error, busy, send } = useSending();
  const name = operated.value || symbol.value;
  const [fields, setFields] = useState({ index: "", mark: "", last: "" });
  const [rate, setRate] = useState("");
  const [pinned, setPinned] = useState<readonly string[]>([]);
  const known = contracts.value.get(name) ?? [...contracts.value.values()][0];
  if (!known) return <Panel title="Prices and shocks">{null}</Panel>;
  const now = mark(known.symbol).value;
  const act = (work: () => Promise<Pinned>): void => send(() => work().then((told) => setPinned(told.pinned)));
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
  return (
    <Panel title="Prices and shocks" tools={pinned.length > 0 && <span class="chip accent">Pinned: {pinned.join(", ")}</span>}>
      <div class="body stack">
        <div class="row even">
          <SelectField
            bare
            label="Contract"
            value={known.symbol}
            options={[...contracts.value.keys()].map((each) => [each, each] as const)}
            onPick={(value) => {
              operated.value = value;
              setPinned([]);
              setFields({ index: "", mark: "", last: "" });
            }}
          />
          <dl class="pairs">
            <dt>Mark</dt>
            <dd>{fixed(now?.mark, known.pricePlaces)}</dd>
            <dt>Index</dt>
            <dd>{fixed(now?.index, known.pricePlaces)}</dd>
          </dl>
        </div>
        <div class="shocks" role="group" aria-label="Shock all prices of the contract">
          {SHOCKS.map((share) => (
            <button key={share} type="button" class={`btn ${share < 0 ? "down" : "up"}`} disabled={busy} onClick={() => act(() => shock(known, share))}>
              {signed(share, 0)} %
            </button>
          ))}
        </div>
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            act(() => pin(known, given));
          }}
        >
          <div class="row even">
            {(["index", "mark", "last"] as const).map((each) => (
              <NumberField
                key={each}
                label={each[0]!.toUpperCase() + each.slice(1)}
                value={fields[each]}
                onInput={(value) => setFields({ ...fields, [each]: value })}
              />
            ))}
          </div>
          <div class="row">
            <button type="submit" class="btn primary" disabled={busy || !Object.keys(given).length}>
              Pin prices
            </button>
            <button type="button" class="btn" disabled={busy} onClick={() => act(() => pin(known, { index: null, mark: null, last: null }))}>
              Release all
            </button>
          </div>
        </form>
        <form
          class="row end"
          onSubmit={(event) => {
            event.preventDefault();
            send(() => lab("POST", "/fundingRate", { symbol: known.symbol, rate: rate === "" ? null : rate }));
          }}
        >
          <div class="grow">
            <NumberField label="Rate of the next funding" value={rate} placeholder={now ? now.rate : ""} onInput={setRate} hint={<span class="dim">{percent(now?.rate, 4, true)}</span>} />
          </div>
          <button type="submit" class="btn" disabled={busy}>
            {rate === "" ? "Release" : "Set rate"}
          </button>
        </form>
        <Refusal error={error} />
      </div>
    </Panel>
  );
}
