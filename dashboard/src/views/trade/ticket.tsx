/** Writing an order. What it would do comes from the engine, and so does every refusal. */
import { useEffect, useState } from "preact/hooks";
import { hedge, readAccount, terms, totals } from "../../data/account";
import { contract, last, symbol } from "../../data/market";
import { tell } from "../../data/notes";
import { readConditional } from "../../data/orders";
import { account, fapi, session } from "../../data/session";
import { fixed, plain, roundText } from "../../lib/format";
import { ApiError } from "../../lib/http";
import { Explained } from "../../parts/explain";
import { Check, NumberField, Panel, Refusal, Segments, SelectField } from "../../parts/ui";
import { showLeverage, showMarginType, showMode } from "./terms-dialogs";
import { PreviewTable, usePreviews } from "./preview";
import * as state from "./ticket-state";

const { ticket } = state;
const QUARTERS = [25, 50, 75, 100] as const;

function set(change: Partial<state.Ticket>): void {
  ticket.value = { ...ticket.value, ...change };
}

function Terms() {
  const now = terms.value.get(symbol.value);
  if (!session.value) return null;
  return (
    <div class="row even tight">
      <button type="button" class="btn small" onClick={() => showMarginType(symbol.value)}>
        {now?.marginType === "ISOLATED" ? "Isolated" : "Cross"}
        <span class="sr">change the margin mode</span>
      </button>
      <button type="button" class="btn small" onClick={() => showLeverage(symbol.value)}>
        {now ? `${now.leverage}×` : "–"}
        <span class="sr">change the leverage</span>
      </button>
      <button type="button" class="btn small" onClick={showMode}>
        {hedge.value ? "Hedge" : "One-way"}
        <span class="sr">change the position mode</span>
      </button>
    </div>
  );
}

function TypePicker() {
  const now = ticket.value.type;
  const conditional = state.isConditional(now);
  return (
    <>
      <Segments
        label="Order type"
        value={conditional ? "CONDITIONAL" : now}
        options={[["LIMIT", "Limit"], ["MARKET", "Market"], ["CONDITIONAL", "Conditional"]]}
        onPick={(type) => set({ type: (type === "CONDITIONAL" ? "STOP_MARKET" : type) as state.OrderType })}
      />
      {conditional && (
        <SelectField
          bare
          label="Condition"
          value={now}
          options={state.TYPES.filter(([type]) => state.isConditional(type))}
          onPick={(type) => set({ type })}
        />
      )}
    </>
  );
}

/** A share of what the available balance can open at the leverage, on the quantity step. */
function quantityOf(share: number): string {
  const known = contract.value;
  const price = Number(ticket.value.price) || Number(ticket.value.trigger) || Number(last.value?.price ?? 0);
  const leverage = terms.value.get(symbol.value)?.leverage ?? 1;
  const available = Number(totals.value?.availableBalance ?? 0);
  if (!known || !price) return "";
  // The cut leaves room for commissions and for the loss that an order may open with.
  const quantity = ((available * leverage * 0.985) / price) * (share / 100);
  const steps = Math.floor(quantity / Number(known.step));
  return roundText((steps * Number(known.step)).toFixed(known.quantityPlaces + 2), known.quantityPlaces);
}

function Prices() {
  const now = ticket.value;
  const known = contract.value;
  const takeLast = (
    <button type="button" class="figure dim" onClick={() => last.value && set({ price: roundText(last.value.price, known?.pricePlaces ?? 2) })}>
      Last
    </button>
  );
  return (
    <>
      {state.hasTrigger(now.type) && (
        <NumberField label="Trigger price" value={now.trigger} unit={known?.quote} onInput={(trigger) => set({ trigger })} />
      )}
      {now.type === "TRAILING_STOP_MARKET" && (
        <div class="row even">
          <NumberField label="Callback" value={now.callback} unit="%" onInput={(callback) => set({ callback })} />
          <NumberField label="Activation price" value={now.activation} placeholder="now" onInput={(activation) => set({ activation })} />
        </div>
      )}
      {state.hasLimit(now.type) && (
        <NumberField label="Price" value={now.price} unit={known?.quote} onInput={(price) => set({ price })} hint={takeLast} />
      )}
    </>
  );
}

function Amount() {
  const now = ticket.value;
  const known = contract.value;
  if (state.mayClose(now.type) && now.closePosition) return null;
  return (
    <>
      <NumberField
        label="Size"
        value={now.quantity}
        unit={known?.base}
        placeholder={`min ${plain(known?.minQuantity)}`}
        onInput={(quantity) => set({ quantity })}
      />
      <div class="row even tight" role="group" aria-label="Size as a share of what the balance can open">
        {QUARTERS.map((share) => (
          <button key={share} type="button" class="btn small" disabled={!totals.value} onClick={() => set({ quantity: quantityOf(share) })}>
            {share} %
          </button>
        ))}
      </div>
    </>
  );
}

function Conditions() {
  const now = ticket.value;
  return (
    <>
      {state.hasLimit(now.type) && (
        <div class="row even">
          <SelectField bare label="Time in force" value={now.timeInForce} options={state.TIMES} onPick={(timeInForce) => set({ timeInForce })} />
          {now.timeInForce === "GTD" && <NumberField label="Minutes" value={now.minutes} onInput={(minutes) => set({ minutes })} />}
        </div>
      )}
      {state.isConditional(now.type) && (
        <SelectField
          bare
          label="Triggered by"
          value={now.workingType}
          options={[["CONTRACT_PRICE", "Triggered by the last price"], ["MARK_PRICE", "Triggered by the mark price"]]}
          onPick={(workingType) => set({ workingType })}
        />
      )}
      <div class="row checks">
        {!hedge.value && !(state.mayClose(now.type) && now.closePosition) && (
          <Check label="Reduce only" value={now.reduceOnly} onPick={(reduceOnly) => set({ reduceOnly })} />
        )}
        {state.hasLimit(now.type) && (
          <Check label="Post only" value={now.timeInForce === "GTX"} onPick={(on) => set({ timeInForce: on ? "GTX" : "GTC" })} />
        )}
        {state.mayClose(now.type) && (
          <Check label="Close position" value={now.closePosition} onPick={(closePosition) => set({ closePosition })} />
        )}
        {state.isConditional(now.type) && (
          <Check label="Price protection" value={now.priceProtect} onPick={(priceProtect) => set({ priceProtect })} />
        )}
      </div>
    </>
  );
}

function sideNames(): [string, string] {
  if (!hedge.value) return ["Buy / Long", "Sell / Short"];
  return ticket.value.opens ? ["Open long", "Open short"] : ["Close short", "Close long"];
}

export function TicketPanel() {
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const [sending, setSending] = useState(false);
  const previews = usePreviews();
  const now = ticket.value;

  useEffect(() => setRefusal(null), [now, symbol.value]);
  useEffect(() => {
    set({ price: "", trigger: "", activation: "", quantity: "" });
  }, [symbol.value]);

  const send = async (side: state.Side): Promise<void> => {
    setRefusal(null);
    setSending(true);
    try {
      await fapi("POST", state.orderPath(now.type), state.orderFields(side));
      tell("info", `${side === "BUY" ? "Buy" : "Sell"} order of ${symbol.value} is in`);
      if (state.isConditional(now.type)) await readConditional();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefusal(error);
      if (error.isFailure) void readAccount();
    } finally {
      setSending(false);
    }
  };
  const [buy, sell] = sideNames();
  const ready = session.value !== "" && state.isWritten.value && !sending;
  const known = contract.value;
  return (
    <Panel title="Order" class="ticket" tools={<Terms />}>
      <form class="body stack" onSubmit={(event) => event.preventDefault()} aria-label="Order ticket">
        {hedge.value && (
          <Segments
            label="Opens or closes"
            value={now.opens ? "open" : "close"}
            options={[["open", "Open"], ["close", "Close"]]}
            onPick={(value) => set({ opens: value === "open" })}
          />
        )}
        <TypePicker />
        <div class="row">
          <span class="dim">Available</span>
          <span class="spacer" />
          <Explained account={account.value} field="availableBalance">
            {fixed(totals.value?.availableBalance, 2)}
          </Explained>
          <span class="dim">{known?.marginAsset}</span>
        </div>
        <Prices />
        <Amount />
        <Conditions />
        <div class="row even">
          <button type="button" class="btn buy" disabled={!ready} onClick={() => void send("BUY")}>
            <span aria-hidden="true">▲</span> {buy}
          </button>
          <button type="button" class="btn sell" disabled={!ready} onClick={() => void send("SELL")}>
            <span aria-hidden="true">▼</span> {sell}
          </button>
        </div>
        <Refusal error={refusal} />
        <PreviewTable previews={previews} names={[buy, sell]} />
      </form>
    </Panel>
  );
}
