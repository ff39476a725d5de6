/** Open orders of the account, plain and conditional, in one list. */
import { signal } from "@preact/signals";
import { fapi } from "./session";

export interface Order {
  /** `o:17` or `a:17`: the two families count apart. */
  key: string;
  id: number;
  conditional: boolean;
  symbol: string;
  side: "BUY" | "SELL";
  positionSide: string;
  type: string;
  price: string;
  trigger: string;
  quantity: string;
  executed: string;
  timeInForce: string;
  reduceOnly: boolean;
  closePosition: boolean;
  workingType: string;
  clientId: string;
  atMs: number;
}

export const orders = signal<readonly Order[]>([]);

interface OrderRow {
  orderId: number;
  clientOrderId: string;
  symbol: string;
  side: "BUY" | "SELL";
  positionSide: string;
  origType: string;
  price: string;
  stopPrice: string;
  origQty: string;
  executedQty: string;
  timeInForce: string;
  reduceOnly: boolean;
  closePosition: boolean;
  workingType: string;
  time: number;
}

interface AlgoRow {
  algoId: number;
  clientAlgoId: string;
  symbol: string;
  side: "BUY" | "SELL";
  positionSide: string;
  orderType: string;
  price: string;
  triggerPrice: string;
  activatePrice?: string;
  quantity: string;
  timeInForce: string;
  reduceOnly: boolean;
  closePosition: boolean;
  workingType: string;
  createTime: number;
}

const ofOrder = (row: OrderRow): Order => ({
  key: `o:${row.orderId}`,
  id: row.orderId,
  conditional: false,
  symbol: row.symbol,
  side: row.side,
  positionSide: row.positionSide,
  type: row.origType,
  price: row.price,
  trigger: row.stopPrice,
  quantity: row.origQty,
  executed: row.executedQty,
  timeInForce: row.timeInForce,
  reduceOnly: row.reduceOnly,
  closePosition: row.closePosition,
  workingType: row.workingType,
  clientId: row.clientOrderId,
  atMs: row.time,
});

const ofAlgo = (row: AlgoRow): Order => ({
  key: `a:${row.algoId}`,
  id: row.algoId,
  conditional: true,
  symbol: row.symbol,
  side: row.side,
  positionSide: row.positionSide,
  type: row.orderType,
  price: row.price,
  trigger: Number(row.triggerPrice) ? row.triggerPrice : (row.activatePrice ?? "0"),
  quantity: row.quantity,
  executed: "0",
  timeInForce: row.timeInForce,
  reduceOnly: row.reduceOnly,
  closePosition: row.closePosition,
  workingType: row.workingType,
  clientId: row.clientAlgoId,
  atMs: row.createTime,
});

export async function readOrders(): Promise<void> {
  const [plain, conditional] = await Promise.all([
    fapi<OrderRow[]>("GET", "/fapi/v1/openOrders"),
    fapi<AlgoRow[]>("GET", "/fapi/v1/openAlgoOrders"),
  ]);
  orders.value = [...plain.map(ofOrder), ...conditional.map(ofAlgo)].sort((a, b) => b.atMs - a.atMs);
}

export async function readConditional(): Promise<void> {
  const rows = await fapi<AlgoRow[]>("GET", "/fapi/v1/openAlgoOrders");
  const rest = orders.value.filter((order) => !order.conditional);
  orders.value = [...rest, ...rows.map(ofAlgo)].sort((a, b) => b.atMs - a.atMs);
}

/** The part of ORDER_TRADE_UPDATE that is read here. */
export interface OrderEvent {
  s: string;
  c: string;
  S: "BUY" | "SELL";
  ps: string;
  ot: string;
  p: string;
  sp: string;
  q: string;
  z: string;
  f: string;
  R: boolean;
  cp: boolean;
  wt: string;
  i: number;
  T: number;
  x: string;
  X: string;
  l: string;
  L: string;
}

const STANDING = new Set(["NEW", "PARTIALLY_FILLED"]);

/** Fold events into the list, oldest first. */
export function foldOrders(events: readonly OrderEvent[]): void {
  const byKey = new Map(orders.value.map((order) => [order.key, order]));
  for (const event of events) {
    const key = `o:${event.i}`;
    if (!STANDING.has(event.X)) {
      byKey.delete(key);
      continue;
    }
    byKey.set(key, {
      key,
      id: event.i,
      conditional: false,
      symbol: event.s,
      side: event.S,
      positionSide: event.ps,
      type: event.ot,
      price: event.p,
      trigger: event.sp,
      quantity: event.q,
      executed: event.z,
      timeInForce: event.f,
      reduceOnly: event.R,
      closePosition: event.cp,
      workingType: event.wt,
      clientId: event.c,
      atMs: byKey.get(key)?.atMs ?? event.T,
    });
  }
  orders.value = [...byKey.values()].sort((a, b) => b.atMs - a.atMs);
}
