/** Positions and what they risk, all of the account at once. */
import { marginRatio, multiAssets, positions, totals } from "../../data/account";
import { account, session } from "../../data/session";
import { fixed, percent, signed } from "../../lib/format";
import { Explained } from "../../parts/explain";
import { PositionsTable, profit } from "../../parts/positions";
import { Empty, Panel, tone } from "../../parts/ui";
import { WhatIf } from "./what-if";

/** Profit at the marks of this moment; where assets differ the exchange adds them up. */
function liveProfit(): number {
  if (multiAssets.value) return Number(totals.value?.totalUnrealizedProfit ?? 0);
  return positions.value.reduce((sum, held) => sum + profit(held), 0);
}

function Figure({ name, field, text, unit }: { name: string; field: string; text: string; unit: string }) {
  return (
    <div class="card">
      <span class="dim">{name}</span>
      <strong>
        <Explained account={account.value} field={field}>
          {text}
        </Explained>
      </strong>
      <small class="dim">{unit}</small>
    </div>
  );
}

function Profit() {
  const now = liveProfit();
  return (
    <div class="card">
      <span class="dim">Unrealized PnL</span>
      <strong>
        <Explained account={account.value} field="totalUnrealizedProfit">
          <span class={tone(now)}>{signed(now, 2)}</span>
        </Explained>
      </strong>
      <small class="dim">at the marks</small>
    </div>
  );
}

function Ratio() {
  const now = marginRatio.value;
  const state = now > 0.8 ? "danger" : now > 0.5 ? "warn" : "fine";
  return (
    <div class={`card ratio ${state}`}>
      <span class="dim">Margin ratio, cross</span>
      <strong>
        <Explained account={account.value} field="marginRatio">
          {percent(now)}
        </Explained>
        {state === "danger" && " ⚠"}
      </strong>
      <span class="gauge" aria-hidden="true">
        <b style={{ transform: `scaleX(${Math.min(1, now).toFixed(3)})` }} />
      </span>
      <small class="dim">liquidation at 100 %</small>
    </div>
  );
}

export function Risk() {
  const now = totals.value;
  if (!session.value) {
    return (
      <div class="view">
        <Panel>
          <Empty title="No account">Risk is shown once the page acts for an account.</Empty>
        </Panel>
      </div>
    );
  }
  const unit = multiAssets.value ? "USD" : "USDT";
  return (
    <div class="view">
      <h1 class="sr">Risk</h1>
      <section class="cards" aria-label="Account">
        <Figure name="Wallet" field="totalWalletBalance" text={fixed(now?.totalWalletBalance, 2)} unit={unit} />
        <Profit />
        <Figure name="Margin balance" field="totalMarginBalance" text={fixed(now?.totalMarginBalance, 2)} unit={unit} />
        <Figure name="Available" field="availableBalance" text={fixed(now?.availableBalance, 2)} unit={unit} />
        <Figure name="Initial margin" field="totalInitialMargin" text={fixed(now?.totalInitialMargin, 2)} unit={unit} />
        <Figure name="Maintenance" field="totalMaintMargin" text={fixed(now?.totalMaintMargin, 2)} unit={unit} />
        <Ratio />
      </section>
      <Panel title="Positions" class="positions">
        <PositionsTable wide />
      </Panel>
      {positions.value.length > 0 && <WhatIf />}
    </div>
  );
}
