const {
  DerivativesTradingUsdsFutures,
} = require("@binance/derivatives-trading-usds-futures");

const keys = { apiKey: "demokey0".repeat(8), apiSecret: "secret00".repeat(8) };
const client = new DerivativesTradingUsdsFutures({
  configurationRestAPI: { ...keys, basePath: "http://127.0.0.1:8800" },
  configurationWebsocketAPI: { ...keys, wsURL: "ws://127.0.0.1:8800/ws-fapi/v1" },
  configurationWebsocketStreams: { wsURL: "ws://127.0.0.1:8800" },
});

module.exports = { client };
