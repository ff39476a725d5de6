const ccxt = require("ccxt");

const exchange = new ccxt.pro.binanceusdm({
  apiKey: "demokey0".repeat(8),
  secret: "secret00".repeat(8),
  options: { fetchCurrencies: false, fetchMargins: false },
});
for (const [name, url] of Object.entries(exchange.urls.api))
  if (typeof url === "string")
    exchange.urls.api[name] = url.replace("https://fapi.binance.com", "http://127.0.0.1:8800");
exchange.urls.api.ws = {
  future: "ws://127.0.0.1:8800/ws",
  linear: "ws://127.0.0.1:8800/ws",
  "ws-api": {
    future: "ws://127.0.0.1:8800/ws-fapi/v1",
    linear: "ws://127.0.0.1:8800/ws-fapi/v1",
  },
};
Object.assign(exchange.exceptions.exact, exchange.exceptions.linear.exact);

module.exports = { ccxt, exchange, ready: exchange.loadHttpProxyAgent() };
