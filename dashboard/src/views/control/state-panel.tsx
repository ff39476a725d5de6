/** The box in figures: where its log stands, and that no money was made or lost. */
import { useState } from "preact/hooks";
import { boxState, operatorUp } from "../../data/operator";
import { enter } from "../../data/account";
import { readClock } from "../../data/clock";
import { readMarket } from "../../data/market";
import { group } from "../../lib/format";
import { lab } from "../../lib/http";
import { closeDialog, showDialog } from "../../parts/dialogs";
import { Panel, Refusal } from "../../parts/ui";
import { useSending } from "./send";

interface Whole {
  seq: number;
  hash: string;
  ledgerSum: string;
  symbols: number;
  accounts: number;
  openOrders: number;
  positions: number;
}

function ResetForm() {
  const { error, busy, send } = useSending();
  return (
    <div class="stack">
      <p>Accounts, orders, positions and histories are gone after it; the market begins anew at its first prices.</p>
      <Refusal error={error} />
      <div class="row">
        <button
          type="button"
          class="btn danger"
          disabled={busy}
          onClick={() =>
            send(async () => {
              await lab("POST", "/reset");
              closeDialog();
              await Promise.all([readMarket(), readClock()]);
              await enter();
            })
          }
        >
          Begin anew
        </button>
        <button type="button" class="btn" onClick={closeDialog}>
          Leave it
        </button>
      </div>
    </div>
  );
}

export function StatePanel() {
  const { error, busy, send } = useSending();
  const [whole, setWhole] = useState<Whole | null>(null);
  const now = boxState.value;
  const sum = now?.ledgerSum ?? whole?.ledgerSum;
  const hash = now?.hash ?? whole?.hash;
  const count = (number: number | undefined): string => (number === undefined ? "–" : group(String(number)));
  return (
    <Panel title="State" tools={!operatorUp.value && <span class="chip">waiting for the box</span>}>
      <div class="body stack">
        <div class="row even">
          <p class="metric">
            <span class="dim">Sequence number</span>
            <strong>{count(now?.seq)}</strong>
          </p>
          <p class="metric">
            <span class="dim">Ledger sum</span>
            <strong class={sum === undefined ? "" : sum === "0" ? "up" : "down"}>
              {sum ?? "–"} <small>{sum === undefined ? "" : sum === "0" ? "✓ balanced" : "✕ not balanced"}</small>
            </strong>
          </p>
        </div>
        <div>
          <p class="dim row">
            State hash <span class="spacer" />
            {!now?.hash && whole && <span>at {count(whole.seq)}</span>}
          </p>
          {hash ? <code class="hash">{hash}</code> : <p class="hash dim">Computed when you ask: it walks the whole state.</p>}
        </div>
        <dl class="pairs">
          <dt>Contracts</dt>
          <dd>{count(whole?.symbols)}</dd>
          <dt>Accounts</dt>
          <dd>{count(whole?.accounts)}</dd>
          <dt>Open orders</dt>
          <dd>{count(whole?.openOrders)}</dd>
          <dt>Positions</dt>
          <dd>{count(whole?.positions)}</dd>
        </dl>
        <div class="row">
          <button type="button" class="btn" disabled={busy} onClick={() => send(async () => setWhole(await lab<Whole>("GET", "/state")))}>
            Hash and count now
          </button>
          <span class="spacer" />
          <button type="button" class="btn danger" onClick={() => showDialog("Begin anew?", ResetForm)}>
            Begin anew …
          </button>
        </div>
        <Refusal error={error} />
      </div>
    </Panel>
  );
}
