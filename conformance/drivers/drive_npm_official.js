// The official Node.js client: every method of its REST surface, its streams and its WebSocket API.
"use strict";

const { call, refused, within } = require("./calls.js");
const { client } = require("./connect.js");

const PAIR = "BTCUSDT";
const STREAM = "btcusdt";
const WITHIN_MS = 30_000;
const HOUR_MS = 3_600_000;
const BESIDES = new Set(["constructor", "sendRequest", "sendSignedRequest"]);
const rest = client.restAPI;
const called = new Set();
const kept = {};

/** Call a method of the REST surface; what it gives has to hold. */
function ask(method, parameters, { holds, keep } = {}) {
  called.add(method);
  return call(method, async () => {
    const told = await (await within(WITHIN_MS, rest[method](parameters))).data();
    if (holds && !holds(told)) throw new Error(`unexpected: ${JSON.stringify(told).slice(0, 120)}`);
    if (keep) kept[keep] = told;
  });
}

const some = { holds: (told) => told.length > 0 };

async function marketData() {
  for (const method of ["testConnectivity", "checkServerTime", "exchangeInformation",
    "tradingSchedule", "adlRisk", "assetIndex", "compositeIndexSymbolInformation",
    "getFundingRateHistory", "getFundingRateInfo", "queryInsuranceFundBalanceSnapshot"])
    await ask(method);
  for (const method of ["openInterest", "orderBook", "rpiOrderBook", "recentTradesList",
    "oldTradesLookup", "compressedAggregateTradesList", "queryIndexPriceConstituents", "markPrice",
    "symbolOrderBookTicker", "symbolPriceTicker", "symbolPriceTickerV2",
    "ticker24hrPriceChangeStatistics"])
    await ask(method, { symbol: PAIR });
  const interval = "1m";
  for (const method of ["klineCandlestickData", "markPriceKlineCandlestickData",
    "premiumIndexKlineData"])
    await ask(method, { symbol: PAIR, interval }, some);
  await ask("indexPriceKlineCandlestickData", { pair: PAIR, interval }, some);
  const perpetual = { pair: PAIR, contractType: "PERPETUAL" };
  await ask("continuousContractKlineCandlestickData", { ...perpetual, interval }, some);
  await ask("basis", { ...perpetual, period: "5m" }, some);
  await ask("quarterlyContractSettlementPrice", { pair: PAIR });
  for (const method of ["openInterestStatistics", "topTraderLongShortRatioAccounts",
    "topTraderLongShortRatioPositions", "longShortRatio", "takerBuySellVolume"])
    await ask(method, { symbol: PAIR, period: "5m" }, some);
}

async function settings() {
  for (const isOn of ["true", "false"]) {
    await ask("changePositionMode", { dualSidePosition: isOn });
    await ask("changeMultiAssetsMode", { multiAssetsMargin: isOn });
    await ask("toggleBnbBurnOnFuturesTrade", { feeBurn: isOn });
  }
  await ask("getCurrentPositionMode", {}, { holds: (told) => told.dualSidePosition === false });
  for (const method of ["getCurrentMultiAssetsMode", "getBnbBurnStatus", "queryUserRateLimit",
    "futuresAccountConfiguration", "futuresTradingQuantitativeRulesIndicators",
    "futuresTradfiPerpsContract"])
    await ask(method);
  await ask("changeMarginType", { symbol: PAIR, marginType: "ISOLATED" });
  const isTen = (told) => told.leverage === 10;
  await ask("changeInitialLeverage", { symbol: PAIR, leverage: 10 }, { holds: isTen });
  for (const method of ["symbolConfiguration", "notionalAndLeverageBrackets", "userCommissionRate"])
    await ask(method, { symbol: PAIR });
}

function limit(away) {
  const price = Number((Number(kept.best.bidPrice) * away).toFixed(1));
  return { symbol: PAIR, side: "BUY", quantity: 0.01, price };
}

const resting = { type: "LIMIT", timeInForce: "GTC" };

async function orders() {
  const isNew = (told) => told.status === "NEW";
  const isGone = (told) => told.status === "CANCELED";
  await ask("symbolOrderBookTicker", { symbol: PAIR }, { keep: "best" });
  await ask("testOrder", { ...limit(0.95), ...resting });
  await ask("newOrder", { ...limit(0.95), ...resting }, { keep: "order", holds: isNew });
  const ofOrder = { symbol: PAIR, orderId: kept.order.orderId };
  await ask("modifyOrder", { ...limit(0.94), ...ofOrder });
  await ask("getOrderModifyHistory", ofOrder, some);
  await ask("queryOrder", ofOrder, { holds: isNew });
  await ask("queryCurrentOpenOrder", ofOrder);
  await ask("currentAllOpenOrders", { symbol: PAIR }, some);
  await ask("cancelOrder", ofOrder, { holds: isGone });
  const text = (order) => ({ ...order, quantity: String(order.quantity), price: String(order.price) });
  const batch = [0.93, 0.92].map((away) => text({ ...limit(away), ...resting }));
  await ask("placeMultipleOrders", { batchOrders: batch },
    { keep: "batch", holds: (told) => isNew(told[1]) });
  const ids = kept.batch.map((each) => each.orderId);
  const changed = batch.map(({ price }, n) =>
    ({ symbol: PAIR, side: "BUY", orderId: ids[n], quantity: "0.020", price }));
  await ask("modifyMultipleOrders", { batchOrders: changed },
    { holds: (told) => told[1].origQty === "0.020" });
  await ask("cancelMultipleOrders", { symbol: PAIR, orderIdList: ids },
    { holds: (told) => isGone(told[1]) });
  await ask("cancelAllOpenOrders", { symbol: PAIR });
  await ask("autoCancelAllOpenOrders", { symbol: PAIR, countdownTime: 0 });
  const beyond = { ...limit(0.99), ...resting, quantity: 400 };
  await refused("newOrder beyond the margin", () => rest.newOrder(beyond),
    (thrown) => thrown.code === -2019);
}

async function position() {
  const market = { symbol: PAIR, side: "BUY", type: "MARKET", quantity: 0.02 };
  await ask("newOrder", market);
  const isLong = { holds: (told) => Number(told[0].positionAmt) > 0 };
  await ask("positionInformationV2", { symbol: PAIR }, isLong);
  await ask("positionInformationV3", { symbol: PAIR }, isLong);
  await ask("modifyIsolatedPositionMargin", { symbol: PAIR, amount: 10, type: "1" });
  await ask("getPositionMarginChangeHistory", { symbol: PAIR }, some);
  await ask("positionAdlQuantileEstimation", { symbol: PAIR });
  await ask("usersForceOrders");
  const stop = { algoType: "CONDITIONAL", symbol: PAIR, side: "SELL", type: "STOP_MARKET" };
  const level = { quantity: 0.01, triggerPrice: limit(0.9).price, reduceOnly: "true" };
  await ask("newAlgoOrder", { ...stop, ...level }, { keep: "stop" });
  const ofStop = { algoId: kept.stop.algoId };
  await ask("queryAlgoOrder", ofStop, { holds: (told) => told.algoStatus === "NEW" });
  await ask("currentAllAlgoOpenOrders", { symbol: PAIR }, some);
  await ask("cancelAlgoOrder", ofStop);
  await ask("cancelAllAlgoOpenOrders", { symbol: PAIR });
  await ask("queryAllAlgoOrders", { symbol: PAIR }, some);
  await ask("newOrder", { ...market, side: "SELL", reduceOnly: "true" });
}

async function account() {
  for (const version of ["V2", "V3"]) {
    const isFunded = { holds: (told) => Number(told.totalWalletBalance) > 0 };
    await ask(`accountInformation${version}`, {}, isFunded);
    await ask(`futuresAccountBalance${version}`, {}, some);
  }
  await ask("allOrders", { symbol: PAIR }, some);
  await ask("accountTradeList", { symbol: PAIR }, { holds: (told) => told.length >= 2 });
  await ask("getIncomeHistory", {}, some);
  await ask("classicPortfolioMarginAccountInformation", { asset: "USDT" });
  const now = Date.now();
  const files = { Order: "OrderHistory", Trade: "Trade", Transaction: "TransactionHistory" };
  for (const [what, link] of Object.entries(files)) {
    const span = { startTime: now - HOUR_MS, endTime: now };
    await ask(`getDownloadIdForFutures${what}History`, span, { keep: "file" });
    await ask(`getFutures${link}DownloadLinkById`, { downloadId: kept.file.downloadId });
  }
  await ask("listAllConvertPairs", { fromAsset: "USDT" }, some);
  const exchange = { fromAsset: "USDT", toAsset: "BTC", fromAmount: 100 };
  await ask("sendQuoteRequest", exchange, { keep: "quote" });
  await ask("acceptTheOfferedQuote", { quoteId: kept.quote.quoteId });
  const isDone = (told) => told.orderStatus === "SUCCESS";
  await ask("orderStatus", { quoteId: kept.quote.quoteId }, { holds: isDone });
  for (const what of ["start", "keepalive", "close"]) await ask(`${what}UserDataStream`);
}

function everyMethod() {
  return call("every REST method was called", () => {
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(rest));
    const left = names.filter((name) => !called.has(name) && !BESIDES.has(name));
    if (left.length) throw new Error(left.join(", "));
  });
}

const symbol = STREAM;
const MOVING = {
  aggregateTradeStreams: { symbol },
  markPriceStream: { symbol, updateSpeed: "1s" },
  markPriceStreamForAllMarket: { updateSpeed: "1s" },
  klineCandlestickStreams: { symbol, interval: "1m" },
  continuousContractKlineCandlestickStreams: {
    pair: STREAM, contractType: "perpetual", interval: "1m",
  },
  individualSymbolTickerStreams: { symbol },
  individualSymbolMiniTickerStream: { symbol },
  allMarketTickersStreams: {},
  allMarketMiniTickersStream: {},
  individualSymbolBookTickerStreams: { symbol },
  allBookTickersStream: {},
  diffBookDepthStreams: { symbol, updateSpeed: "100ms" },
  partialBookDepthStreams: { symbol, levels: "5", updateSpeed: "100ms" },
  rpiDiffBookDepthStreams: { symbol },
  assetIndex: {},
};
// Streams on which nothing need happen while one listens.
const QUIET = {
  allMarketLiquidationOrderStreams: {},
  liquidationOrderStreams: { symbol },
  compositeIndexSymbolInformationStreams: { symbol },
  contractInfoStream: {},
  tradingSessionStream: {},
};

async function streams() {
  const connection = await client.websocketStreams.connect();
  for (const [method, parameters] of Object.entries({ ...MOVING, ...QUIET }))
    await call(`streams.${method}`, async () => {
      const stream = connection[method](parameters);
      const heard = new Promise((resolve) => stream.on("message", resolve));
      if (method in MOVING) await within(WITHIN_MS, heard);
      stream.unsubscribe();
    });
  await call("streams.userData: own fill", async () => {
    const { listenKey } = await (await rest.startUserDataStream()).data();
    const stream = connection.userData(listenKey);
    const filled = new Promise((resolve) =>
      stream.on("message", (told) =>
        told.e === "ORDER_TRADE_UPDATE" && told.o.X === "FILLED" && resolve()));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await rest.newOrder({ symbol: PAIR, side: "BUY", type: "MARKET", quantity: 0.01 });
    await within(WITHIN_MS, filled);
  });
  await connection.disconnect();
}

async function websocketApi() {
  const connection = await client.websocketAPI.connect();
  const there = (method, parameters, keep) =>
    call(`websocketAPI.${method}`, async () => {
      const told = await within(WITHIN_MS, connection[method](parameters));
      if (keep) kept[keep] = told.data.result ?? told.data;
    });
  for (const method of ["orderBook", "symbolPriceTicker", "symbolOrderBookTicker"])
    await there(method, { symbol: PAIR });
  await there("newOrder", { ...limit(0.95), ...resting }, "order");
  const ofOrder = { symbol: PAIR, orderId: kept.order.orderId };
  await there("queryOrder", ofOrder);
  await there("modifyOrder", { ...limit(0.94), ...ofOrder });
  await there("cancelOrder", ofOrder);
  const stop = { algoType: "CONDITIONAL", symbol: PAIR, side: "SELL", type: "STOP_MARKET" };
  await there("newAlgoOrder", { ...stop, quantity: 0.01, triggerPrice: limit(0.9).price }, "stop");
  await there("cancelAlgoOrder", { algoId: kept.stop.algoId });
  for (const method of ["positionInformation", "positionInformationV2", "accountInformation",
    "accountInformationV2", "futuresAccountBalance", "futuresAccountBalanceV2",
    "startUserDataStream", "keepaliveUserDataStream", "closeUserDataStream"])
    await there(method);
  await connection.disconnect();
}

async function main() {
  const parts = [marketData, settings, orders, position, account, everyMethod, streams, websocketApi];
  for (const part of parts) await part();
}

main().then(() => process.exit(0), (thrown) => {
  console.error(thrown);
  process.exit(1);
});
