const { USDMClient, WebsocketAPIClient, WebsocketClient, WS_KEY_URL_MAP } = require("binance");

const box = {
  api_key: "demokey0".repeat(8),
  api_secret: "secret00".repeat(8),
  baseUrl: "http://127.0.0.1:8800",
};
for (const name of ["usdmPublic", "usdmMarket", "usdmPrivate", "usdmWSAPI"])
  WS_KEY_URL_MAP[name] = "ws://127.0.0.1:8800";
const rest = new USDMClient(box);
const sockets = new WebsocketClient({ ...box, restOptions: { baseUrl: box.baseUrl } });
const api = new WebsocketAPIClient({ ...box, restOptions: { baseUrl: box.baseUrl } });

module.exports = { rest, sockets, api };
