// npm's binance: its futures REST client, streams, and WebSocket API.
"use strict";

const { call, refused, within } = require("./calls.js");
const { rest, sockets, api } = require("./connect.js");

const PAIR = "BTCUSDT";
const WITHIN_MS = 30_000;
const HOUR_MS = 3_600_000;
const kept = {};

/** Call a method of `of`; what it gives has to hold. */
function ask(method, parameters, { holds, keep, of = rest, named } = {}) {
  return call(named ?? method, async () => {
    const told = await within(WITHIN_MS, of[method](parameters));
    if (holds && !holds(told)) throw new Error(`unexpected: ${JSON.stringify(told).slice(0, 120)}`);
    if (keep) kept[keep] = told;
    return told;
  });
}

const some = (told) => told.length > 0;
const holds = { holds: some };

async function marketData() {
  for (const method of ["testConnectivity", "getServerTime", "getExchangeInfo", "getFundingRates",
    "getTradingSchedule", "getFundingRateHistory", "getSymbolAdlRisk", "getCompositeSymbolIndex"])
    await ask(method);
  for (const method of ["getOrderBook", "getRpiOrderBook", "getRecentTrades", "getHistoricalTrades",
    "getAggregateTrades", "getMarkPrice", "get24hrChangeStatistics", "getSymbolPriceTicker",
    "getSymbolPriceTickerV2", "getSymbolOrderBookTicker", "getOpenInterest",
    "getIndexPriceConstituents", "getMultiAssetsModeAssetIndex", "getInsuranceFundBalance"])
    await ask(method, method === "getMultiAssetsModeAssetIndex" ? undefined : { symbol: PAIR });
  const interval = "1m";
  for (const method of ["getKlines", "getMarkPriceKlines", "getPremiumIndexKlines"])
    await ask(method, { symbol: PAIR, interval }, holds);
  await ask("getIndexPriceKlines", { pair: PAIR, interval }, holds);
  const perpetual = { pair: PAIR, contractType: "PERPETUAL" };
  await ask("getContinuousContractKlines", { ...perpetual, interval }, holds);
  await ask("getBasis", { ...perpetual, period: "5m" }, holds);
  await ask("getQuarterlyContractSettlementPrices", { pair: PAIR });
  for (const method of ["getOpenInterestStatistics", "getTopTradersLongShortPositionRatio",
    "getTopTradersLongShortAccountRatio", "getGlobalLongShortAccountRatio", "getTakerBuySellVolume"])
    await ask(method, { symbol: PAIR, period: "5m" }, holds);
}

async function settings() {
  for (const isOn of ["true", "false"]) {
    await ask("setPositionMode", { dualSidePosition: isOn });
    await ask("setMultiAssetsMode", { multiAssetsMargin: isOn });
    await ask("setBNBBurnEnabled", { feeBurn: isOn });
  }
  await ask("getCurrentPositionMode", undefined, { holds: (told) => told.dualSidePosition === false });
  await ask("getMultiAssetsMode");
  await ask("getBNBBurnStatus");
  await ask("setLeverage", { symbol: PAIR, leverage: 10 }, { holds: (told) => told.leverage === 10 });
  await ask("setMarginType", { symbol: PAIR, marginType: "ISOLATED" });
  for (const method of ["getFuturesAccountConfig", "getBalance", "getBalanceV3",
    "getAccountInformation", "getAccountInformationV3",
    "getApiQuantitativeRulesIndicators", "signTradFiPerpsAgreement"])
    await ask(method);
  for (const method of ["getFuturesSymbolConfig", "getNotionalAndLeverageBrackets",
    "getAccountCommissionRate"])
    await ask(method, { symbol: PAIR });
  await ask("getPortfolioMarginProAccountInfo", { asset: "USDT" });
}

async function limit(away, more = {}) {
  const { markPrice } = await rest.getMarkPrice({ symbol: PAIR });
  const price = (Number(markPrice) * away).toFixed(1);
  const order = { symbol: PAIR, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.010" };
  return { ...order, price, ...more };
}

async function orders() {
  const isNew = (told) => told.status === "NEW";
  await ask("testOrder", await limit(0.95));
  await ask("submitNewOrder", await limit(0.95), { keep: "order", holds: isNew });
  const ofOrder = { symbol: PAIR, orderId: kept.order.orderId };
  const { price } = await limit(0.94);
  await ask("modifyOrder", { ...ofOrder, side: "BUY", quantity: "0.010", price });
  await ask("getOrderModifyHistory", ofOrder, holds);
  await ask("getOrder", ofOrder, { holds: isNew });
  await ask("getCurrentOpenOrder", ofOrder);
  await ask("getAllOpenOrders", { symbol: PAIR }, holds);
  await ask("cancelOrder", ofOrder, { holds: (told) => told.status === "CANCELED" });
  const batch = [await limit(0.93), await limit(0.92)];
  await ask("submitMultipleOrders", batch, { keep: "batch", holds: (told) => isNew(told[1]) });
  const ids = kept.batch.map((each) => each.orderId);
  const changed = batch.map(({ price }, n) =>
    ({ symbol: PAIR, orderId: ids[n], side: "BUY", quantity: "0.020", price }));
  await ask("modifyMultipleOrders", changed, { holds: (told) => told[1].origQty === "0.020" });
  await ask("cancelMultipleOrders", { symbol: PAIR, orderIdList: ids },
    { holds: (told) => told[1].status === "CANCELED" });
  await ask("cancelAllOpenOrders", { symbol: PAIR });
  await ask("setCancelOrdersOnTimeout", { symbol: PAIR, countdownTime: 0 });
  const beyond = await limit(0.99, { quantity: "500" });
  await refused("submitNewOrder beyond the margin", () => rest.submitNewOrder(beyond),
    (thrown) => thrown.code === -2019);
}

async function position() {
  const market = { symbol: PAIR, side: "BUY", type: "MARKET", quantity: "0.020" };
  await ask("submitNewOrder", market, { named: "submitNewOrder: market" });
  const isLong = { holds: (told) => Number(told[0].positionAmt) > 0 };
  await ask("getPositions", { symbol: PAIR }, isLong);
  await ask("getPositionsV3", { symbol: PAIR }, isLong);
  await ask("setIsolatedPositionMargin", { symbol: PAIR, amount: "10", type: "1" });
  await ask("getPositionMarginChangeHistory", { symbol: PAIR }, holds);
  await ask("getADLQuantileEstimation", { symbol: PAIR });
  await ask("getUserForceOrders");
  const { price } = await limit(0.9);
  const stop = { algoType: "CONDITIONAL", symbol: PAIR, side: "SELL", type: "STOP_MARKET" };
  await ask("submitNewAlgoOrder", { ...stop, quantity: "0.010", triggerPrice: price }, { keep: "stop" });
  const ofStop = { algoId: kept.stop.algoId };
  await ask("getAlgoOrder", ofStop, { holds: (told) => told.algoStatus === "NEW" });
  await ask("getOpenAlgoOrders", { symbol: PAIR }, holds);
  await ask("cancelAlgoOrder", ofStop);
  await ask("cancelAllAlgoOpenOrders", { symbol: PAIR });
  await ask("getAllAlgoOrders", { symbol: PAIR }, holds);
  await ask("submitNewOrder", { ...market, side: "SELL", reduceOnly: "true" },
    { named: "submitNewOrder: reduce only" });
  await ask("getAccountTrades", { symbol: PAIR }, { holds: (told) => told.length >= 2 });
  await ask("getAllOrders", { symbol: PAIR }, holds);
  await ask("getIncomeHistory", {}, holds);
  const now = Date.now();
  for (const what of ["TransactionHistory", "OrderHistory", "TradeHistory"]) {
    const link = what === "TradeHistory" ? "Trade" : what;
    const span = { startTime: now - HOUR_MS, endTime: now };
    await ask(`getFutures${what}DownloadId`, span, { keep: "file" });
    await ask(`getFutures${link}DownloadLink`, { downloadId: kept.file.downloadId });
  }
  const exchange = { fromAsset: "USDT", toAsset: "BTC" };
  await ask("getAllConvertPairs", exchange, holds);
  await ask("submitConvertQuoteRequest", { ...exchange, fromAmount: 100 }, { keep: "quote" });
  const ofQuote = { quoteId: kept.quote.quoteId };
  await ask("acceptConvertQuote", ofQuote);
  await ask("getConvertOrderStatus", ofQuote, { holds: (told) => told.orderStatus === "SUCCESS" });
  await ask("getFuturesUserDataListenKey");
  await ask("keepAliveFuturesUserDataListenKey");
  await ask("closeFuturesUserDataListenKey");
}

const waiting = new Set();
sockets.on("message", (event) => {
  for (const each of waiting) each(event);
});
sockets.on("exception", (event) => console.error("exception", event));

/** The first event of which this holds. */
function next(holds) {
  let listener;
  const heard = new Promise((resolve) => {
    listener = (event) => holds(event) && resolve(event);
    waiting.add(listener);
  });
  return within(WITHIN_MS, heard).finally(() => waiting.delete(listener));
}

async function streams() {
  const rows = [
    ["usdmMarket", "btcusdt@aggTrade", "aggTrade"],
    ["usdmMarket", "btcusdt@markPrice@1s", "markPriceUpdate"],
    ["usdmMarket", "btcusdt@kline_1m", "kline"],
    ["usdmMarket", "btcusdt_perpetual@continuousKline_1m", "continuous_kline"],
    ["usdmMarket", "btcusdt@miniTicker", "24hrMiniTicker"],
    ["usdmMarket", "btcusdt@ticker", "24hrTicker"],
    ["usdmPublic", "btcusdt@bookTicker", "bookTicker"],
    ["usdmPublic", "ethusdt@depth@100ms", "depthUpdate"],
    ["usdmPublic", "ltcusdt@depth5@100ms", "depthUpdate"],
  ];
  for (const [route, name, kind] of rows)
    await call(`subscribe: ${name}`, async () => {
      const heard = next((event) => event.e === kind);
      await sockets.subscribe(name, route);
      await heard;
    });
  await call("subscribe: !markPrice@arr@1s", async () => {
    const heard = next((event) => Array.isArray(event) || Array.isArray(event.data));
    await sockets.subscribe("!markPrice@arr@1s", "usdmMarket");
    await heard;
  });
  await call("subscribeUsdFuturesUserDataStream: own fill", async () => {
    const opened = new Promise((resolve) =>
      sockets.on("open", ({ wsKey }) => wsKey.endsWith("usdmPrivate") && resolve()));
    await sockets.subscribeUsdFuturesUserDataStream();
    await within(WITHIN_MS, opened);
    const heard = next((event) => event.e === "ORDER_TRADE_UPDATE" && event.o.X === "FILLED");
    await rest.submitNewOrder({ symbol: PAIR, side: "BUY", type: "MARKET", quantity: "0.010" });
    await heard;
  });
}

async function websocketApi() {
  const there = (method, parameters, { market = ["usdm"], ...more } = {}) => {
    const of = { [method]: (told) => api[method](...market, told) };
    const signed = { timestamp: Date.now(), ...parameters };
    return ask(method, signed, { ...more, of, named: `websocket API: ${method}` });
  };
  const one = { market: [] };
  for (const method of ["getFuturesOrderBook", "getFuturesSymbolPriceTicker",
    "getFuturesSymbolOrderBookTicker"])
    await there(method, { symbol: PAIR }, one);
  await there("submitNewFuturesOrder", await limit(0.95), { keep: "order" });
  const ofOrder = { symbol: PAIR, orderId: kept.order.result.orderId };
  const { price } = await limit(0.94);
  await there("getFuturesOrderStatus", ofOrder);
  await there("modifyFuturesOrder", { ...ofOrder, side: "BUY", quantity: "0.010", price });
  await there("cancelFuturesOrder", ofOrder);
  const stop = { algoType: "CONDITIONAL", symbol: PAIR, side: "SELL", type: "STOP_MARKET" };
  const level = { quantity: "0.010", triggerPrice: (await limit(0.9)).price };
  await there("submitNewFuturesAlgoOrder", { ...stop, ...level }, { ...one, keep: "stop" });
  await there("cancelFuturesAlgoOrder", { algoId: kept.stop.result.algoId }, one);
  for (const what of ["Position", "AccountBalance", "AccountStatus"]) {
    await there(`getFutures${what}V2`, {}, one);
    await there(`getFutures${what}`, {});
  }
}

async function main() {
  for (const part of [marketData, settings, orders, position, streams, websocketApi]) await part();
}

main().then(() => process.exit(0), (thrown) => {
  console.error(thrown);
  process.exit(1);
});
