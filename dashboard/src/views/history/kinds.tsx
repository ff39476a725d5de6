/** The histories: where each is read, and its columns. */
import type { ComponentChildren } from "preact";
import { fixed, signed, stamp, words } from "../../lib/format";
import type { Column } from "../../parts/data-table";
import { pricePlaces, quantityPlaces } from "../../parts/positions";
import { tone } from "../../parts/ui";

/** What moved a wallet is told to its last digit; values and profits are for the eye. */
const ASSET_PLACES = 8;
const SUM_PLACES = 4;

export type Row = Record<string, string | number | boolean | null | undefined>;

export interface Kind {
  name: string;
  path: string;
  fields?: Record<string, string>;
  /** The exchange answers for one contract at a time. */
  perContract: boolean;
  /** Rows of one answer at most. */
  limit: number;
  /** The field that tells when. */
  time: string;
  rowKey: (row: Row) => string;
  columns: Column<Row>[];
  empty: string;
}

const text = (row: Row, name: string): string => String(row[name] ?? "");

interface Shown {
  num?: boolean;
  cell?: (row: Row) => ComponentChildren;
  title?: string;
}

/** A column of one field, as the exchange printed it. */
function field(name: string, of: string, shown: Shown = {}): Column<Row> {
  return { name, text: (row) => text(row, of), cell: (row) => text(row, of), ...shown };
}

/** Day and time, each in one piece where they have to stand below each other. */
function When({ ms }: { ms: number }) {
  return (
    <span class="dim when">
      {stamp(ms).split(" ").map((part) => (
        <span key={part}>{part} </span>
      ))}
    </span>
  );
}

function time(of: string): Column<Row> {
  return { name: "Time (UTC)", width: 20, text: (row) => stamp(Number(row[of])), cell: (row) => <When ms={Number(row[of])} /> };
}

const side = (row: Row) => (
  <span class={row.side === "BUY" ? "up" : "down"}>
    {row.side === "BUY" ? "▲ Buy" : "▼ Sell"}
    {row.positionSide && row.positionSide !== "BOTH" ? ` ${text(row, "positionSide").toLowerCase()}` : ""}
  </span>
);

function price(name: string, of: string): Column<Row> {
  return field(name, of, { num: true, cell: (row) => (Number(row[of]) ? fixed(text(row, of), pricePlaces(text(row, "symbol"))) : "–") });
}

/** With all the decimals of the contract, so that the points stand below each other. */
function size(name: string, of: string): Column<Row> {
  return field(name, of, { num: true, cell: (row) => fixed(text(row, of), quantityPlaces(text(row, "symbol"))) });
}

function gain(name: string, of: string, places: number): Column<Row> {
  return field(name, of, { num: true, cell: (row) => <span class={tone(text(row, of))}>{signed(text(row, of), places)}</span> });
}

const status = (of: string): Column<Row> => field("Status", of, { cell: (row) => <span class="chip">{words(text(row, of))}</span> });
const SYMBOL = field("Contract", "symbol", { cell: (row) => <b>{text(row, "symbol") || "–"}</b> });
const SIDE: Column<Row> = { name: "Side", text: (row) => text(row, "side"), cell: side };

function orderColumns(): Column<Row>[] {
  return [
    time("time"),
    SYMBOL,
    SIDE,
    field("Type", "origType", { cell: (row) => words(text(row, "origType")) }),
    price("Price", "price"),
    price("Average", "avgPrice"),
    size("Size", "origQty"),
    size("Filled", "executedQty"),
    field("In force", "timeInForce"),
    status("status"),
    field("Order", "orderId", { num: true }),
    field("Client id", "clientOrderId", { cell: (row) => <span class="dim">{text(row, "clientOrderId")}</span> }),
  ];
}

const income = (empty: string, fields?: Record<string, string>): Omit<Kind, "name"> => ({
  path: "/fapi/v1/income",
  fields,
  perContract: false,
  limit: 1000,
  time: "time",
  rowKey: (row) => `${row.tranId}:${row.incomeType}:${row.asset}:${row.symbol}:${row.tradeId}`,
  empty,
  columns: [
    time("time"),
    SYMBOL,
    field("Kind", "incomeType", { cell: (row) => words(text(row, "incomeType")) }),
    gain("Amount", "income", ASSET_PLACES),
    field("Asset", "asset"),
    field("Trade", "tradeId", { num: true }),
    field("Transaction", "tranId", { num: true }),
  ],
});

export const KINDS = {
  orders: {
    name: "Orders",
    path: "/fapi/v1/allOrders",
    perContract: true,
    limit: 500,
    time: "time",
    rowKey: (row) => text(row, "orderId"),
    columns: orderColumns(),
    empty: "No order of this contract yet",
  },
  conditional: {
    name: "Conditional",
    path: "/fapi/v1/allAlgoOrders",
    perContract: true,
    limit: 500,
    time: "createTime",
    rowKey: (row) => text(row, "algoId"),
    empty: "No conditional order of this contract yet",
    columns: [
      time("createTime"),
      SYMBOL,
      SIDE,
      field("Type", "orderType", { cell: (row) => words(text(row, "orderType")) }),
      price("Trigger", "triggerPrice"),
      price("Price", "price"),
      size("Size", "quantity"),
      status("algoStatus"),
      field("Order", "actualOrderId", { num: true, cell: (row) => text(row, "actualOrderId") || "–" }),
      field("Conditional order", "algoId", { num: true }),
    ],
  },
  trades: {
    name: "Trades",
    path: "/fapi/v1/userTrades",
    perContract: true,
    limit: 500,
    time: "time",
    rowKey: (row) => `${row.id}:${row.orderId}`,
    empty: "No trade in this contract yet",
    columns: [
      time("time"),
      SYMBOL,
      SIDE,
      price("Price", "price"),
      size("Size", "qty"),
      field("Value", "quoteQty", { num: true, cell: (row) => fixed(text(row, "quoteQty"), SUM_PLACES) }),
      gain("Realized", "realizedPnl", SUM_PLACES),
      field("Commission", "commission", { num: true, cell: (row) => `${fixed(text(row, "commission"), ASSET_PLACES)} ${text(row, "commissionAsset")}` }),
      field("Role", "maker", { cell: (row) => (row.maker ? "Maker" : "Taker") }),
      field("Trade", "id", { num: true }),
      field("Order", "orderId", { num: true }),
    ],
  },
  income: { name: "Income", ...income("Nothing came in or went out yet") },
  funding: { name: "Funding", ...income("No funding yet: it is paid on positions that are open at the boundary", { incomeType: "FUNDING_FEE" }) },
  forced: {
    name: "Forced orders",
    path: "/fapi/v1/forceOrders",
    perContract: false,
    limit: 100,
    time: "time",
    rowKey: (row) => `${row.symbol}:${row.orderId}`,
    columns: orderColumns(),
    empty: "Nothing was liquidated or deleveraged",
  },
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
