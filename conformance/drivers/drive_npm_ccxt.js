// npm's ccxt: unified methods over REST, streams and the WebSocket API.
"use strict";

const { call, refused, within } = require("./calls.js");
const { ccxt, exchange, ready } = require("./connect.js");

const PAIR = "BTC/USDT:USDT";
const PAIRS = [PAIR, "ETH/USDT:USDT"];
const WITHIN_MS = 30_000;
const kept = {};

/** Await a unified method; what it gives has to hold. */
function ask(method, parameters = [], { holds, keep, named } = {}) {
  return call(named ?? method, async () => {
    const told = await within(WITHIN_MS, exchange[method](...parameters));
    if (holds && !holds(told)) throw new Error(`unexpected: ${JSON.stringify(told).slice(0, 120)}`);
    if (keep) kept[keep] = told;
  });
}

const some = { holds: (told) => (told.length ?? Object.keys(told).length) > 0 };

async function market() {
  await ask("loadMarkets", [], { holds: (told) => told[PAIR].linear });
  for (const method of ["fetchTime", "fetchFundingRates", "fetchFundingIntervals",
    "fetchMarkPrices", "fetchTickers"])
    await ask(method);
  await ask("fetchTicker", [PAIR], { keep: "ticker" });
  for (const method of ["fetchLastPrices", "fetchBidsAsks"]) await ask(method, [PAIRS], some);
  const isBook = { holds: ({ bids, asks }) => bids[0][0] < asks[0][0] };
  await ask("fetchOrderBook", [PAIR, 20], isBook);
  await ask("fetchTrades", [PAIR], some);
  for (const method of ["fapiPublicGetTrades", "fapiPublicGetHistoricalTrades"])
    await ask("fetchTrades", [PAIR, undefined, undefined, { fetchTradesMethod: method }],
      { ...some, named: `fetchTrades: ${method}` });
  for (const method of ["fetchOHLCV", "fetchMarkOHLCV", "fetchIndexOHLCV",
    "fetchPremiumIndexOHLCV"])
    await ask(method, [PAIR, "1m"], some);
  for (const method of ["fetchMarkPrice", "fetchFundingRate", "fetchFundingRateHistory",
    "fetchOpenInterest"])
    await ask(method, [PAIR]);
  for (const method of ["fetchOpenInterestHistory", "fetchLongShortRatioHistory"])
    await ask(method, [PAIR, "5m"], some);
}

async function settings() {
  await ask("fetchBalance", [], { holds: (told) => told.USDT.free > 0 });
  await ask("setLeverage", [10, PAIR], { holds: (told) => told.leverage === 10 });
  await ask("setMarginMode", ["isolated", PAIR]);
  await ask("setPositionMode", [true]);
  await ask("fetchPositionMode", [], { holds: (told) => told.hedged });
  await ask("setPositionMode", [false]);
  const isIsolated = { holds: (told) => told.marginMode === "isolated" };
  await ask("fetchMarginMode", [PAIR], isIsolated);
  for (const method of ["fetchLeverage", "fetchMarketLeverageTiers", "fetchTradingFee"])
    await ask(method, [PAIR]);
  for (const method of ["fetchMarginModes", "fetchLeverages", "fetchLeverageTiers"])
    await ask(method, [PAIRS], some);
  await ask("fetchTradingFees");
}

const below = (away) => Number(exchange.priceToPrecision(PAIR, kept.ticker.last * away));

async function orders() {
  const limit = [PAIR, "limit", "buy", 0.01];
  await ask("createOrder", [...limit, below(0.95)], { keep: "order" });
  const ofOrder = [kept.order.id, PAIR];
  await ask("editOrder", [...ofOrder, ...limit.slice(1), below(0.94)]);
  await ask("fetchOrder", ofOrder, { holds: (told) => told.status === "open" });
  await ask("fetchOpenOrder", ofOrder);
  await ask("fetchOpenOrders", [PAIR], some);
  await ask("cancelOrder", ofOrder);
  const rows = [0.93, 0.92].map((away) =>
    ({ symbol: PAIR, type: "limit", side: "buy", amount: 0.01, price: below(away) }));
  await ask("createOrders", [rows], { ...some, keep: "several" });
  await ask("editOrders", [rows.map((row, n) => ({ ...row, id: kept.several[n].id, amount: 0.02 }))]);
  await ask("cancelOrders", [kept.several.map((each) => each.id), PAIR]);
  await ask("cancelAllOrders", [PAIR]);
  const stops = { stopLossPrice: below(0.9), takeProfitPrice: below(1.1), trailingPercent: 1 };
  for (const [name, value] of Object.entries(stops))
    await ask("createOrder", [PAIR, "market", "sell", 0.01, undefined, { [name]: value }],
      { keep: "stop", named: `createOrder: ${name}` });
  const conditional = { trigger: true };
  const three = { holds: (told) => told.length === 3, named: "fetchOpenOrders: trigger" };
  await ask("fetchOpenOrders", [PAIR, undefined, undefined, conditional], three);
  const ofStop = [kept.stop.id, PAIR, conditional];
  await ask("fetchOrder", ofStop, { named: "fetchOrder: trigger" });
  await ask("cancelOrder", ofStop, { named: "cancelOrder: trigger" });
  await ask("cancelAllOrders", [PAIR, conditional], { named: "cancelAllOrders: trigger" });
}

async function position() {
  const isFilled = { holds: (told) => told.status === "closed" };
  await ask("createOrder", [PAIR, "market", "buy", 0.02], { ...isFilled, named: "createOrder: market" });
  for (const useV2 of [false, true])
    await ask("fetchPositions", [[PAIR], { useV2 }], {
      holds: (told) => told[0].contracts === 0.02, named: `fetchPositions: v${useV2 ? 2 : 3}`,
    });
  await ask("addMargin", [PAIR, 10]);
  await ask("reduceMargin", [PAIR, 5]);
  await ask("fetchMarginAdjustmentHistory", [PAIR], some);
  await ask("fetchPositionADLRank", [PAIR]);
  await ask("createOrder", [PAIR, "market", "sell", 0.02, undefined, { reduceOnly: true }],
    { ...isFilled, named: "createOrder: reduce only" });
  await ask("fetchMyTrades", [PAIR], { holds: (told) => told.length >= 2 });
  for (const method of ["fetchOrders", "fetchClosedOrders", "fetchCanceledOrders"])
    await ask(method, [PAIR], some);
  await ask("fetchLedger", ["USDT"], some);
  await ask("fetchFundingHistory", [PAIR]);
  await ask("fetchMyLiquidations", [PAIR]);
  await ask("fetchBalance", [{ useV2: true }], { named: "fetchBalance: v2" });
}

async function refusals() {
  const cases = [
    ["createOrder beyond the margin", ccxt.InsufficientFunds,
      () => exchange.createOrder(PAIR, "limit", "buy", 500, below(0.99))],
    ["cancelOrder of nothing", ccxt.OrderNotFound, () => exchange.cancelOrder("99", PAIR)],
    ["fetchOrder of nothing", ccxt.OrderNotFound, () => exchange.fetchOrder("99", PAIR)],
  ];
  for (const [name, error, work] of cases)
    await refused(name, work, (thrown) => thrown instanceof error);
}

/** The first news that is not empty: positions begin with those there are. */
async function first(method, parameters) {
  for (;;) {
    const told = await exchange[method](...parameters);
    if (Object.keys(told).length) return told;
  }
}

async function streams() {
  for (const method of ["watchTrades", "watchOrderBook", "watchTicker", "watchMarkPrice"])
    await ask(method, [PAIR]);
  for (const method of ["watchTradesForSymbols", "watchOrderBookForSymbols", "watchTickers",
    "watchBidsAsks"])
    await ask(method, [PAIRS]);
  await ask("watchOHLCV", [PAIR, "1m"], some);
  await ask("watchOHLCVForSymbols", [PAIRS.map((pair) => [pair, "1m"])]);
  await ask("watchMarkPrices");
  // What follows is told when something happens to the account.
  const watched = {
    watchBalance: [], watchOrders: [PAIR], watchMyTrades: [PAIR], watchPositions: [[PAIR]],
  };
  const hears = Object.entries(watched).map(([method, parameters]) => {
    const heard = first(method, parameters);
    heard.catch(() => {}); // it is awaited below
    return [method, heard];
  });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await exchange.createOrder(PAIR, "market", "buy", 0.01);
  for (const [method, heard] of hears) await call(method, () => within(WITHIN_MS, heard));
}

async function websocketApi() {
  await ask("fetchBalanceWs", [], { holds: (told) => told.USDT.total > 0 });
  await ask("fetchPositionsWs", [[PAIR]], some);
  for (const method of ["fetchPositionWs", "fetchTickerWs", "fetchOrderBookWs"])
    await ask(method, [PAIR]);
  const limit = [PAIR, "limit", "buy", 0.01];
  await ask("createOrderWs", [...limit, below(0.95)], { keep: "order" });
  await ask("fetchOrderWs", [kept.order.id, PAIR]);
  const changed = [kept.order.id, ...limit, below(0.94)];
  await ask("editOrderWs", changed, { keep: "order" });
  await ask("cancelOrderWs", [kept.order.id, PAIR]);
  const stop = [PAIR, "market", "sell", 0.01, undefined, { stopLossPrice: below(0.9) }];
  await ask("createOrderWs", stop, { keep: "stop", named: "createOrderWs: stopLossPrice" });
  await ask("cancelOrderWs", [kept.stop.id, PAIR, { trigger: true }],
    { named: "cancelOrderWs: trigger" });
}

async function main() {
  await ready;
  const parts = [market, settings, orders, position, refusals, streams, websocketApi];
  for (const part of parts) await part();
}

main().then(() => process.exit(0), (thrown) => {
  console.error(thrown);
  process.exit(1);
});
