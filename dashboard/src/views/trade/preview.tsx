/** What the order would do on either side, asked of the engine while it is written. */
import { useSignalEffect } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { contract } from "../../data/market";
import { positions } from "../../data/account";
import { account, session } from "../../data/session";
import { fixed, percent, plain } from "../../lib/format";
import { lab } from "../../lib/http";
import { isWritten, orderFields, type Side, ticket } from "./ticket-state";

const SETTLE_MS = 150;

export type Preview =
  | {
      ok: true;
      /** A conditional order, which costs nothing until it is triggered. */
      waits?: boolean;
      /** What a waiting order does once the price is at its trigger; absent where that moves. */
      atTrigger?: Preview;
      /** The order would liquidate the account that sends it. */
      liquidated?: boolean;
      cost: string;
      notional: string;
      filledQuantity: string;
      averageFillPrice?: string;
      commission?: Record<string, string>;
      liquidationPriceAfter: string;
      marginRatioAfter: string | null;
      availableAfter: string;
    }
  | { ok: false; code: number; msg: string };

export type Previews = readonly [Preview | null, Preview | null];
type Good = Extract<Preview, { ok: true }>;
const NONE: Previews = [null, null];

async function ask(side: Side): Promise<Preview | null> {
  const given = Object.entries(orderFields(side)).filter(([, value]) => value !== undefined);
  const fields = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  try {
    return await lab<Preview>("POST", "/preview", { account: account.value, ...fields });
  } catch {
    return null;
  }
}

export function usePreviews(): Previews {
  const [previews, setPreviews] = useState<Previews>(NONE);
  const timer = useRef(0);
  const round = useRef(0);
  useSignalEffect(() => {
    void [ticket.value, positions.value];
    const mine = ++round.current;
    clearTimeout(timer.current);
    if (!session.value || !isWritten.value) {
      setPreviews(NONE);
      return;
    }
    timer.current = window.setTimeout(() => {
      void Promise.all([ask("BUY"), ask("SELL")]).then((found) => {
        if (round.current === mine) setPreviews(found);
      });
    }, SETTLE_MS);
  });
  return previews;
}

export function PreviewTable({ previews, names }: { previews: Previews; names: readonly [string, string] }) {
  const known = contract.value;
  const places = known?.pricePlaces ?? 2;
  // Of an order that waits, what it will do says more than that it costs nothing now.
  const [buy, sell] = previews.map((each) => (each?.ok && each.atTrigger) || each);
  const waits = previews.some((each) => each?.ok && each.atTrigger);
  const row = (name: string, show: (good: Good) => string) => (
    <tr>
      <th scope="row">{name}</th>
      {[buy, sell].map((each, at) => (
        <td key={at} class="num">
          {each?.ok ? show(each) : "–"}
        </td>
      ))}
    </tr>
  );
  const price = (text: string | undefined): string => (Number(text) ? fixed(text, places) : "none");
  const fee = (good: Good): string =>
    Object.entries(good.commission ?? {}).map(([asset, amount]) => `${plain(amount)} ${asset}`).join(", ") || "–";
  const fills = (good: Good): string => (good.waits ? "waits" : Number(good.filledQuantity) ? plain(good.filledQuantity) : "none, rests");
  const refused = [buy, sell].map((each, at) => (each && !each.ok ? { name: names[at], ...each } : null));
  return (
    <div class="preview" aria-live="polite">
      <table>
        <caption class="sr">What this order would do</caption>
        <thead>
          <tr>
            <th scope="col" class="dim">{waits ? "At the trigger" : "This order"}</th>
            <th scope="col" class="num up">▲ {names[0].split(" ")[0]}</th>
            <th scope="col" class="num down">▼ {names[1].split(" ")[0]}</th>
          </tr>
        </thead>
        <tbody>
          {row("Cost", (good) => fixed(good.cost, 2))}
          {row("Notional", (good) => fixed(good.notional, 2))}
          {row(waits ? "Fills" : "Fills at once", fills)}
          {row("at", (good) => (good.averageFillPrice ? fixed(good.averageFillPrice, places) : "–"))}
          {row("Fee", fee)}
        </tbody>
        <tbody>
          <tr>
            <th scope="rowgroup" colSpan={3} class="dim after">
              After it
            </th>
          </tr>
          {row("Liquidation", (good) => (good.liquidated ? "✕ at once" : price(good.liquidationPriceAfter)))}
          {row("Margin ratio", (good) => (good.marginRatioAfter === null ? "no balance" : percent(good.marginRatioAfter)))}
          {row("Available", (good) => fixed(good.availableAfter, 2))}
        </tbody>
      </table>
      {refused.map(
        (each) =>
          each && (
            <p key={each.name} class="error-text">
              {each.name}: <b>{each.code}</b> {each.msg}
            </p>
          ),
      )}
    </div>
  );
}
