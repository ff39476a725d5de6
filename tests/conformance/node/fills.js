// npm's binance, unmodified: reads a market stream, trades, and sees its own fills.
// Reads {rest, streams, key, secret} from standard input, prints what it is told as lines of JSON.
"use strict";

const { readFileSync } = require("node:fs");

globalThis.crypto ??= require("node:crypto").webcrypto; // Node.js 18 has it, but not by that name

const { USDMClient, WebsocketClient, WS_KEY_URL_MAP } = require("binance");

const GIVE_UP_MS = 20_000;
// Two orders that are filled at once: their answers, a trade each, and four user events each.
const AWAITED = { order: 2, market: 2, user: 8 };

const box = JSON.parse(readFileSync(0, "utf8"));
for (const name of ["usdmPublic", "usdmMarket", "usdmPrivate"]) WS_KEY_URL_MAP[name] = box.streams;

const credentials = { api_key: box.key, api_secret: box.secret };
const rest = new USDMClient({ ...credentials, baseUrl: box.rest });
const quiet = { trace() {}, info() {}, error: console.error };
const sockets = new WebsocketClient({ ...credentials, restOptions: { baseUrl: box.rest } }, quiet);

function fail(told) {
  console.error(told);
  process.exit(1);
}

const seen = { order: 0, market: 0, user: 0 };

async function show(kind, told) {
  console.log(JSON.stringify({ kind, told }));
  seen[kind] += 1;
  if (Object.keys(AWAITED).some((name) => seen[name] < AWAITED[name])) return;
  const fills = await rest.getAccountTrades({ symbol: "BTCUSDT" });
  console.log(JSON.stringify({ kind: "fills", told: fills }));
  process.exit(0);
}

const order = async (side, more) => {
  const market = { symbol: "BTCUSDT", side, type: "MARKET", quantity: "0.010" };
  await show("order", await rest.submitNewOrder({ ...market, ...more }));
};

const isReady = { user: false, market: false };

async function trade(ready) {
  isReady[ready] = true;
  if (!isReady.user || !isReady.market) return;
  await order("BUY", {});
  await order("SELL", { reduceOnly: "true" });
}

const source = (wsKey) => (wsKey.endsWith("usdmPrivate") ? "user" : "market");

sockets.on("open", ({ wsKey }) => source(wsKey) === "user" && trade("user").catch(fail));
sockets.on("response", ({ wsKey }) => source(wsKey) === "market" && trade("market").catch(fail));
sockets.on("exception", fail);
sockets.on("message", ({ wsKey, ...event }) => show(source(wsKey), event).catch(fail));

setTimeout(() => fail("gave up: not all events came"), GIVE_UP_MS);
sockets.subscribe("btcusdt@aggTrade", "usdmMarket");
sockets.subscribeUsdFuturesUserDataStream();
