// Node's http server with the same duty as the barest one: an HMAC check and a constant body.
// node http.js SECRET BODY_BYTES prints its port.
const http = require("http");
const crypto = require("crypto");

const [secret, bytes] = process.argv.slice(2);
const body = '"' + "x".repeat(Number(bytes) - 2) + '"';
const server = http.createServer((request, response) => {
  const query = request.url.slice(request.url.indexOf("?") + 1);
  const at = query.indexOf("&signature=");
  const expected = crypto.createHmac("sha256", secret).update(query.slice(0, at)).digest("hex");
  const sent = query.slice(at + 11);
  const same =
    sent.length === expected.length &&
    crypto.timingSafeEqual(Buffer.from(sent), Buffer.from(expected));
  response.writeHead(same ? 200 : 400, {
    "Content-Type": "application/json",
    "Content-Length": body.length,
  });
  response.end(body);
});
server.keepAliveTimeout = 60000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
