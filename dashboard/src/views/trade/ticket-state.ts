/** The order that is being written, and how it becomes the exchange's parameters. */
import { computed, signal } from "@preact/signals";
import { hedge } from "../../data/account";
import { boxNow } from "../../data/clock";
import { symbol } from "../../data/market";
import type { Fields } from "../../lib/http";

export const TYPES = [
  ["LIMIT", "Limit"],
  ["MARKET", "Market"],
  ["STOP", "Stop limit"],
  ["STOP_MARKET", "Stop market"],
  ["TAKE_PROFIT", "Take profit limit"],
  ["TAKE_PROFIT_MARKET", "Take profit market"],
  ["TRAILING_STOP_MARKET", "Trailing stop"],
] as const;
export type OrderType = (typeof TYPES)[number][0];

export const TIMES = [
  ["GTC", "Good till cancelled"],
  ["IOC", "Immediate or cancel"],
  ["FOK", "Fill or kill"],
  ["GTX", "Post only"],
  ["GTD", "Good till date"],
] as const;
export type TimeInForce = (typeof TIMES)[number][0];
const GTD_DEFAULT_MINUTES = 60;

export interface Ticket {
  type: OrderType;
  price: string;
  trigger: string;
  activation: string;
  callback: string;
  quantity: string;
  timeInForce: TimeInForce;
  minutes: string;
  reduceOnly: boolean;
  closePosition: boolean;
  workingType: "CONTRACT_PRICE" | "MARK_PRICE";
  priceProtect: boolean;
  /** In hedge mode: whether the order opens or closes. */
  opens: boolean;
}

export const EMPTY: Ticket = {
  type: "LIMIT",
  price: "",
  trigger: "",
  activation: "",
  callback: "1",
  quantity: "",
  timeInForce: "GTC",
  minutes: String(GTD_DEFAULT_MINUTES),
  reduceOnly: false,
  closePosition: false,
  workingType: "CONTRACT_PRICE",
  priceProtect: false,
  opens: true,
};

export const ticket = signal<Ticket>(EMPTY);

export const isConditional = (type: OrderType): boolean => type !== "LIMIT" && type !== "MARKET";
export const hasLimit = (type: OrderType): boolean => type === "LIMIT" || type === "STOP" || type === "TAKE_PROFIT";
export const hasTrigger = (type: OrderType): boolean => isConditional(type) && type !== "TRAILING_STOP_MARKET";
export const mayClose = (type: OrderType): boolean => type === "STOP_MARKET" || type === "TAKE_PROFIT_MARKET";

/** Whether enough is written for the exchange to judge. */
export const isWritten = computed(() => {
  const now = ticket.value;
  const closes = mayClose(now.type) && now.closePosition;
  return (
    (closes || Number(now.quantity) > 0) &&
    (!hasLimit(now.type) || Number(now.price) > 0) &&
    (!hasTrigger(now.type) || Number(now.trigger) > 0) &&
    (now.type !== "TRAILING_STOP_MARKET" || Number(now.callback) > 0)
  );
});

export type Side = "BUY" | "SELL";

/** `LONG` or `SHORT` in hedge mode: buying opens a long or closes a short. */
export function positionSide(side: Side, now = ticket.value): string {
  if (!hedge.value) return "BOTH";
  return (side === "BUY") === now.opens ? "LONG" : "SHORT";
}

/** The parameters of the order on one side, without what the exchange takes for granted. */
export function orderFields(side: Side): Fields {
  const now = ticket.value;
  const conditional = isConditional(now.type);
  const closes = mayClose(now.type) && now.closePosition;
  const limit = hasLimit(now.type);
  return {
    symbol: symbol.value,
    side,
    positionSide: hedge.value ? positionSide(side) : undefined,
    type: now.type,
    algoType: conditional ? "CONDITIONAL" : undefined,
    quantity: closes ? undefined : now.quantity,
    price: limit ? now.price : undefined,
    timeInForce: limit ? now.timeInForce : undefined,
    goodTillDate: limit && now.timeInForce === "GTD" ? Math.floor(boxNow() / 1000) * 1000 + Number(now.minutes) * 60_000 : undefined,
    reduceOnly: !hedge.value && now.reduceOnly && !closes ? true : undefined,
    triggerPrice: hasTrigger(now.type) ? now.trigger : undefined,
    closePosition: closes ? true : undefined,
    workingType: conditional ? now.workingType : undefined,
    priceProtect: conditional && now.priceProtect ? true : undefined,
    callbackRate: now.type === "TRAILING_STOP_MARKET" ? now.callback : undefined,
    activatePrice: now.type === "TRAILING_STOP_MARKET" && now.activation ? now.activation : undefined,
  };
}

export function orderPath(type: OrderType): string {
  return isConditional(type) ? "/fapi/v1/algoOrder" : "/fapi/v1/order";
}
