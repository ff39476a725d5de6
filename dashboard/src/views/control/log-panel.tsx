/** The log of commands as it grows: what the whole exchange is made of. */
import { useState } from "preact/hooks";
import { dropped, type LogRow, log } from "../../data/operator";
import { stamp, timeOfDay } from "../../lib/format";
import { Check, Empty, Panel } from "../../parts/ui";

const SHOWN = 60;
/** What the market outside does, many times a second. */
const MARKET = new Set(["SetPrices", "SetDepth", "StreetTrade", "AdvanceTime"]);
const DULL = new Set(["BookChanged", "PricesChanged", "TradePrinted", "PremiumSampled", "TimeAdvanced"]);

/** A market command matters as soon as more came of it than the market itself. */
function matters(row: LogRow): boolean {
  return !MARKET.has(row.command) || row.events.some((event) => !DULL.has(event));
}

export function LogPanel() {
  const [all, setAll] = useState(false);
  const [held, setHeld] = useState<readonly LogRow[] | null>(null);
  const rows = (held ?? log.value).filter((row) => all || matters(row)).slice(0, SHOWN);
  return (
    <Panel
      title="Log"
      class="wide tall"
      tools={
        <>
          {dropped.value > 0 && <span class="dim">{dropped.value} too fast to show</span>}
          <Check label="Market too" value={all} onPick={setAll} />
          <button type="button" class="btn small" aria-pressed={held !== null} onClick={() => setHeld(held ? null : log.value)}>
            {held ? "Go on" : "Hold"}
          </button>
        </>
      }
    >
      {rows.length === 0 ? (
        <Empty title="Quiet">Orders, deposits, shocks and what came of them are listed here as they happen.</Empty>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Log">
          <table class="fixed">
            <thead>
              <tr>
                <th class="num" scope="col">Number</th>
                <th scope="col">Time</th>
                <th scope="col">Command</th>
                <th scope="col">What came of it</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.seq}>
                  <td class="num">{row.seq}</td>
                  <td class="dim" title={stamp(row.at)}>{timeOfDay(row.at)}</td>
                  <td>
                    <b>{row.command}</b> <span class="dim">{row.summary}</span>
                  </td>
                  <td class={row.refused ? "down" : "dim"}>{row.refused ? `✕ ${row.refused}` : row.events.join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
