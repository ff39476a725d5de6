/** The trade view: chart, book, tape, ticket and what the account has open. */
import { useEffect, useState } from "preact/hooks";
import { followBook } from "../../data/book";
import { onReturn } from "../../data/link";
import { positions } from "../../data/account";
import { contracts, followDay, symbol } from "../../data/market";
import { orders } from "../../data/orders";
import { followTape } from "../../data/tape";
import { signal } from "@preact/signals";
import { href } from "../../lib/route";
import { OrdersTable } from "../../parts/open-orders";
import { PositionsTable } from "../../parts/positions";
import { Empty, Panel, Segments, Tabs } from "../../parts/ui";
import { Chart } from "./chart";
import { Ladder } from "./ladder";
import { SymbolHead } from "./symbol-head";
import { TapeList } from "./tape-list";
import { TicketPanel } from "./ticket";

const returns = signal(0);
onReturn(() => {
  returns.value += 1;
});

function Unknown() {
  const all = contracts.value;
  const near = [...all.keys()].filter((name) => name.startsWith(symbol.value.slice(0, 3))).slice(0, 5);
  const offered = near.length ? near : [...all.keys()].slice(0, 5);
  return (
    <Panel class="unknown">
      <Empty title={`There is no contract ${symbol.value}`}>
        <p>This box lists {all.size} contracts.</p>
        <p class="row">
          {offered.map((name) => (
            <a key={name} class="btn" href={href("trade", name)}>
              {name}
            </a>
          ))}
        </p>
      </Empty>
    </Panel>
  );
}

/** Stays from contract to contract. */
const tab = signal<"positions" | "orders">("positions");

function Below() {
  const count = (number: number) => (number ? <span class="chip">{number}</span> : null);
  return (
    <Panel
      class="below"
      label="What is open"
      title={
        <Tabs
          label="What is open"
          value={tab.value}
          options={[
            ["positions", <>Positions {count(positions.value.length)}</>],
            ["orders", <>Open orders {count(orders.value.length)}</>],
          ]}
          onPick={(picked) => {
            tab.value = picked;
          }}
        />
      }
      tools={<a href={href("history")}>History</a>}
    >
      {tab.value === "positions" ? <PositionsTable /> : <OrdersTable quiet />}
    </Panel>
  );
}

type Pane = "chart" | "book" | "trades";

export function Trade() {
  const name = symbol.value;
  const known = contracts.value.has(name);
  const [pane, setPane] = useState<Pane>("chart");
  const round = returns.value;
  useEffect(() => {
    if (!known) return undefined;
    const stops = [followDay(name), followBook(name), followTape(name)];
    return () => stops.forEach((stop) => stop());
  }, [name, known, round]);
  if (contracts.value.size > 0 && !known) return <Unknown />;
  return (
    // A contract is built anew and the one before dropped whole; kept, old trees would hold each other.
    <div class="trade" data-pane={pane} key={name}>
      <SymbolHead />
      <div class="pane-picker">
        <Segments label="Shown" value={pane} options={[["chart", "Chart"], ["book", "Book"], ["trades", "Trades"]]} onPick={setPane} />
      </div>
      <Chart />
      <Ladder />
      <TapeList />
      <TicketPanel />
      <Below />
    </div>
  );
}
