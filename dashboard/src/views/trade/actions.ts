/** What a trader does to orders and positions, as calls of the exchange. */
import type { Position } from "../../data/account";
import type { Order } from "../../data/orders";
import { readConditional } from "../../data/orders";
import { tell } from "../../data/notes";
import { fapi } from "../../data/session";
import type { Fields } from "../../lib/http";
import { trim } from "../../lib/format";

const PLAIN = "/fapi/v1/order";
const CONDITIONAL = "/fapi/v1/algoOrder";

export function cancel(order: Order): Promise<unknown> {
  if (order.conditional) return fapi("DELETE", CONDITIONAL, { algoId: order.id });
  return fapi("DELETE", PLAIN, { symbol: order.symbol, orderId: order.id });
}

/** Cancel every open order, contract by contract; both families. */
export async function cancelAll(orders: readonly Order[]): Promise<void> {
  for (const conditional of [false, true]) {
    const path = conditional ? "/fapi/v1/algoOpenOrders" : "/fapi/v1/allOpenOrders";
    const symbols = new Set(orders.filter((each) => each.conditional === conditional).map((each) => each.symbol));
    for (const symbol of symbols) await fapi("DELETE", path, { symbol });
  }
}

interface Amendment {
  price?: string;
  quantity?: string;
}

/**
 * Give an order another price or quantity. A limit order is amended in place; a conditional one,
 * which the exchange cannot amend, is cancelled and placed anew.
 */
export async function amend(order: Order, change: Amendment): Promise<void> {
  if (!order.conditional) {
    await fapi("PUT", PLAIN, {
      symbol: order.symbol,
      orderId: order.id,
      side: order.side,
      quantity: change.quantity ?? trim(order.quantity),
      price: change.price ?? trim(order.price),
    });
    return;
  }
  const again = placedAgain(order, change);
  await cancel(order);
  try {
    await fapi("POST", CONDITIONAL, again);
  } catch (error) {
    tell("bad", `The ${order.symbol} order was cancelled, and the new one was refused.`);
    throw error;
  } finally {
    await readConditional();
  }
}

function placedAgain(order: Order, { price, quantity }: Amendment): Fields {
  const hasLimit = Number(order.price) > 0;
  return {
    algoType: "CONDITIONAL",
    symbol: order.symbol,
    side: order.side,
    positionSide: order.positionSide,
    type: order.type,
    triggerPrice: price ?? trim(order.trigger),
    price: hasLimit ? trim(order.price) : undefined,
    timeInForce: hasLimit ? order.timeInForce : undefined,
    quantity: order.closePosition ? undefined : (quantity ?? trim(order.quantity)),
    closePosition: order.closePosition || undefined,
    reduceOnly: order.positionSide === "BOTH" && order.reduceOnly && !order.closePosition ? true : undefined,
    workingType: order.workingType,
  };
}

/** Move an order to a price: the limit of a plain order, the trigger of a conditional one. */
export function amendTo(order: Order, price: string): Promise<void> {
  return amend(order, { price });
}

function closing(held: Position): Fields {
  const amount = Number(held.positionAmt);
  return {
    symbol: held.symbol,
    side: amount > 0 ? "SELL" : "BUY",
    type: "MARKET",
    quantity: trim(held.positionAmt.replace("-", "")),
    positionSide: held.positionSide,
    reduceOnly: held.positionSide === "BOTH" ? true : undefined,
  };
}

/** Close a position at market. */
export function closePosition(held: Position): Promise<unknown> {
  return fapi("POST", PLAIN, closing(held));
}

/** Turn a one-way position around: its size twice, the other way. */
export function reversePosition(held: Position): Promise<unknown> {
  const { reduceOnly: _, ...order } = closing(held);
  const [whole = "0", part = ""] = String(order.quantity).split(".");
  const twice = (BigInt(whole + part) * 2n).toString().padStart(part.length + 1, "0");
  const at = twice.length - part.length;
  const quantity = part ? `${twice.slice(0, at)}.${twice.slice(at)}` : twice;
  return fapi("POST", PLAIN, { ...order, quantity });
}

/** Move margin into an isolated position, or out of it with `add` false. */
export function moveMargin(held: Position, amount: string, add: boolean): Promise<unknown> {
  return fapi("POST", "/fapi/v1/positionMargin", {
    symbol: held.symbol,
    positionSide: held.positionSide,
    amount,
    type: add ? 1 : 2,
  });
}

export function setLeverage(symbol: string, leverage: number): Promise<unknown> {
  return fapi("POST", "/fapi/v1/leverage", { symbol, leverage });
}

export function setMarginType(symbol: string, marginType: string): Promise<unknown> {
  return fapi("POST", "/fapi/v1/marginType", { symbol, marginType });
}

export function setHedge(on: boolean): Promise<unknown> {
  return fapi("POST", "/fapi/v1/positionSide/dual", { dualSidePosition: on });
}
