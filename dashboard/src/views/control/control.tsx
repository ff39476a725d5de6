/** The control room: what no real exchange lets anyone do. */
import { useEffect } from "preact/hooks";
import { followOperator } from "../../data/operator";
import { door } from "../../data/session";
import { Empty, Panel } from "../../parts/ui";
import { AccountsPanel } from "./accounts-panel";
import { ClockPanel } from "./clock-panel";
import { LogPanel } from "./log-panel";
import { PricesPanel } from "./prices-panel";
import { StreetPanel } from "./street-panel";
import { StatePanel } from "./state-panel";
import { ConnectionsPanel, RequestsPanel } from "./traffic-panels";

export function Control() {
  const state = door.value.state;
  const locked = state === "token";
  useEffect(() => (locked || state === "opening" ? undefined : followOperator()), [state]);
  if (locked) {
    return (
      <div class="view">
        <Panel>
          <Empty title="The control room is locked">Give the operator token above to open it.</Empty>
        </Panel>
      </div>
    );
  }
  return (
    <div class="view control">
      <h1 class="sr">Control room</h1>
      <ClockPanel />
      <PricesPanel />
      <StreetPanel />
      <StatePanel />
      <AccountsPanel />
      <LogPanel />
      <RequestsPanel />
      <ConnectionsPanel />
    </div>
  );
}
