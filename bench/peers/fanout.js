// The ws package pushing one event to every reader: node fanout.js READERS prints its port.
const { WebSocketServer } = require("ws");

const readers = Number(process.argv[2]);
const event =
  '{"e":"bookTicker","u":11757092630476,"s":"BTCUSDT","ps":"BTCUSDT","b":"83091.60",' +
  '"B":"4.215","a":"83091.70","A":"3.763","T":1791382994657,"E":1791382994658,"st":1}';
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
const UNREAD_MAX = 1 << 18;

function push() {
  if (!server.clients.size) return;
  let unread = 0;
  for (const client of server.clients) {
    client.send(event);
    unread = Math.max(unread, client.bufferedAmount);
  }
  if (unread > UNREAD_MAX) setTimeout(push, 1);
  else setImmediate(push);
}

server.on("connection", (client) => {
  client.on("error", () => {});
  if (server.clients.size === readers) push();
});
server.on("listening", () => console.log(server.address().port));
