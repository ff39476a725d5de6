/** The lines over the candles: what the account has at stake in this contract. */
import { LineStyle } from "lightweight-charts";
import { positions } from "../../data/account";
import { type Contract } from "../../data/market";
import { type Order, orders } from "../../data/orders";
import { fixed, trim, words } from "../../lib/format";

export interface Line {
  key: string;
  price: number;
  title: string;
  colour: "up" | "down" | "accent" | "info" | "faint";
  style: LineStyle;
  /** Set where dragging the line amends an order. */
  order?: Order;
}

/** The price that a drag moves: the trigger of a conditional order, else the limit. */
export function movedPrice(order: Order): string {
  return order.conditional ? order.trigger : order.price;
}

export function linesOf(contract: Contract): Line[] {
  const lines: Line[] = [];
  for (const held of positions.value) {
    if (held.symbol !== contract.symbol) continue;
    const name = held.positionSide === "BOTH" ? "" : ` ${held.positionSide.toLowerCase()}`;
    const add = (key: string, price: string, title: string, colour: Line["colour"], style: LineStyle): void => {
      if (Number(price) > 0) lines.push({ key: `${key}${held.positionSide}`, price: Number(price), title: title + name, colour, style });
    };
    add("entry", held.entryPrice, `Entry ${trim(held.positionAmt)}`, Number(held.positionAmt) > 0 ? "up" : "down", LineStyle.Solid);
    add("even", held.breakEvenPrice, "Break-even", "info", LineStyle.SparseDotted);
    add("liquidation", held.liquidationPrice, "✕ Liquidation", "accent", LineStyle.LargeDashed);
  }
  for (const order of orders.value) {
    if (order.symbol !== contract.symbol) continue;
    const price = Number(movedPrice(order));
    if (!price) continue;
    const left = Number(order.quantity) - Number(order.executed);
    const size = order.closePosition ? "close" : trim(fixed(left, contract.quantityPlaces));
    lines.push({
      key: order.key,
      price,
      title: `${order.side === "BUY" ? "▲ Buy" : "▼ Sell"} ${size}${order.conditional ? ` ${words(order.type).toLowerCase()}` : ""}`,
      colour: order.side === "BUY" ? "up" : "down",
      style: order.conditional ? LineStyle.Dotted : LineStyle.Dashed,
      order: order.type === "TRAILING_STOP_MARKET" ? undefined : order,
    });
  }
  return lines;
}
