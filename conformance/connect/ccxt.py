import ccxt.pro

exchange = ccxt.pro.binanceusdm(
    {
        "apiKey": "demokey0" * 8,
        "secret": "secret00" * 8,
        "options": {"fetchCurrencies": False, "fetchMargins": False},
    }
)
exchange.urls["api"] = {
    name: url.replace("https://fapi.binance.com", "http://127.0.0.1:8800")
    for name, url in exchange.urls["api"].items()
    if isinstance(url, str)
}
exchange.urls["api"]["ws"] = {
    "linear": "ws://127.0.0.1:8800/ws",
    "ws-api": {"linear": "ws://127.0.0.1:8800/ws-fapi/v1"},
}
exchange.exceptions["exact"].update(exchange.exceptions["linear"]["exact"])
