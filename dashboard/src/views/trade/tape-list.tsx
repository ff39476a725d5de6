import { contract } from "../../data/market";
import { tape } from "../../data/tape";
import { fixed, timeOfDay } from "../../lib/format";
import { Empty, Panel } from "../../parts/ui";

export function TapeList() {
  const known = contract.value;
  const rows = tape.value;
  return (
    <Panel title="Trades" class="tape">
      <div class="level-heads dim" aria-hidden="true">
        <span>Price</span>
        <span>Size{known && ` (${known.base})`}</span>
        <span>Time</span>
      </div>
      {rows.length === 0 && <Empty title="No trades yet" />}
      <ol class="prints scroll" aria-label="Latest trades, newest first" tabIndex={0}>
        {rows.map((row) => (
          <li key={row.id}>
            <span class={row.bought ? "up" : "down"}>
              <span class="way" aria-hidden="true">{row.bought ? "▲" : "▼"}</span>
              {fixed(row.price, known?.pricePlaces ?? 2)}
            </span>
            <span class="num">{fixed(row.quantity, known?.quantityPlaces ?? 3)}</span>
            <time class="num dim">{timeOfDay(row.atMs)}</time>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
