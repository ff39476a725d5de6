/** The contract that is looked at: its day, mark, index and funding. */
import { useState } from "preact/hooks";
import { boxNow, second } from "../../data/clock";
import { account } from "../../data/session";
import { contract, day, last, mark, symbol } from "../../data/market";
import { compact, countdown, percent, priced, signed } from "../../lib/format";
import { Explained } from "../../parts/explain";
import { Icon, tone } from "../../parts/ui";
import { Switcher } from "./switcher";

function Fact({ name, children, title }: { name: string; children: preact.ComponentChildren; title?: string }) {
  return (
    <div class="fact" title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function LastPrice({ places }: { places: number }) {
  const now = last.value;
  return (
    <div class={`last-price ${now ? (now.up ? "up" : "down") : ""}`}>
      <span aria-hidden="true">{now ? (now.up ? "▲" : "▼") : ""}</span>
      <strong>{priced(now?.price, places)}</strong>
      <span class="sr">last price</span>
    </div>
  );
}

function Funding() {
  void second.value;
  const now = mark(symbol.value).value;
  if (!now?.nextFundingMs) return <>{"–"}</>;
  return (
    <>
      <Explained account={account.value} symbol={symbol.value} field="lastFundingRate">
        <span class={tone(now.rate)}>{percent(now.rate, 4, true)}</span>
      </Explained>{" "}
      <span class="dim">in {countdown(now.nextFundingMs - boxNow())}</span>
    </>
  );
}

export function SymbolHead() {
  const [choosing, setChoosing] = useState(false);
  const known = contract.value;
  const name = symbol.value;
  const places = known?.pricePlaces ?? 2;
  const now = mark(name).value;
  const today = day.value;
  return (
    <section class="symbol-head panel" aria-label="Contract">
      <button type="button" class="symbol-name" aria-haspopup="dialog" onClick={() => setChoosing(true)}>
        <span>
          <b>{name}</b>
          <small>{known ? (known.type === "PERPETUAL" ? "Perpetual" : known.type.replaceAll("_", " ").toLowerCase()) : "\u00a0"}</small>
        </span>
        <Icon name="down" />
      </button>
      <LastPrice places={places} />
      <dl class="facts">
        <Fact name="24 h change">
          <span class={tone(today?.change ?? 0)}>
            {signed(today?.change, places)} <span class="nowrap">{today ? `${signed(today.changePercent, 2)} %` : ""}</span>
          </span>
        </Fact>
        <Fact name="Mark">
          <Explained account={account.value} symbol={name} field="markPrice">
            {priced(now?.mark, places)}
          </Explained>
        </Fact>
        <Fact name="Index">
          <Explained account={account.value} symbol={name} field="indexPrice">
            {priced(now?.index, places)}
          </Explained>
        </Fact>
        <Fact name="Funding">
          <Funding />
        </Fact>
        <Fact name="24 h high">{priced(today?.high, places)}</Fact>
        <Fact name="24 h low">{priced(today?.low, places)}</Fact>
        <Fact name={`24 h volume${known ? ` (${known.quote})` : ""}`}>{compact(today?.quoteVolume)}</Fact>
      </dl>
      {choosing && <Switcher onClose={() => setChoosing(false)} />}
    </section>
  );
}
