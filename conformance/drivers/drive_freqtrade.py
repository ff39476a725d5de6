"""freqtrade, live: data, then a trade entered, protected by a stop on the exchange, and left."""

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from calls import Call

COMMAND = [sys.executable, "-m", "freqtrade"]
WITHIN_S = 120
"""A new trade waits for a new candle."""
LOOK_EVERY_S = 0.2
ANSWERS_S = 20
DATABASE = Path("trades.sqlite")
LOG = Path("bot.log")
BOT = {
    "max_open_trades": 1,
    "stake_currency": "USDT",
    "stake_amount": 1000,
    "dry_run": False,
    "initial_state": "running",
    "trading_mode": "futures",
    "margin_mode": "isolated",
    "timeframe": "1m",
    "entry_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
    "exit_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
    "pairlists": [{"method": "StaticPairList"}],
    "internals": {"process_throttle_secs": 1},
}


def write_configuration():
    told = json.loads(Path("connect.json").read_text())
    told["exchange"]["pair_whitelist"] = ["BTC/USDT:USDT"]
    Path("config.json").write_text(json.dumps({**BOT, **told}))


def once(*words):
    """A command that ends by itself; what it printed."""
    done = subprocess.run(
        [*COMMAND, *words, "--config", "config.json", "--userdir", "."],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, f"ended with {done.returncode}"
    return done.stdout


def rows(query):
    """Rows of the bot's own database; none while it is not there."""
    if not DATABASE.exists():
        return []
    with closing(sqlite3.connect(DATABASE)) as database:
        try:
            return database.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []


def wait(holds):
    end = time.monotonic() + WITHIN_S
    while not (told := holds()):
        assert bot.poll() is None, "the bot has ended"
        assert time.monotonic() < end, f"not within {WITHIN_S} s"
        time.sleep(LOOK_EVERY_S)
    return told


def stop_orders(status):
    return rows(f"select 1 from orders where ft_order_side='stoploss' and status='{status}'")


def interrupt():
    """Ask it to end until it listens: while it talks to the exchange it may not."""
    for _ in range(WITHIN_S // ANSWERS_S):
        bot.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            bot.wait(ANSWERS_S)
            return


write_configuration()
with Call("list-markets"):
    assert "BTC/USDT:USDT" in once("list-markets", "--trading-mode", "futures", "--print-list")
with Call("download-data"):
    days = ["--days", "1", "--timeframes", "1m", "--trading-mode", "futures"]
    once("download-data", "--pairs", "BTC/USDT:USDT", *days, "--data-format-ohlcv", "json")
    (candles,) = Path().glob("data/**/BTC_USDT_USDT-1m-futures.json")
    assert len(json.loads(candles.read_text())) > 30
with LOG.open("w") as log:
    arguments = ["--strategy", "RoundTrip", "--strategy-path", ".", "--userdir", "."]
    bot = subprocess.Popen(
        [*COMMAND, "trade", "-c", "config.json", *arguments, "--db-url", f"sqlite:///{DATABASE}"],
        stdout=log,
        stderr=log,
    )
with Call("trade: starts and runs"):
    wait(lambda: "Changing state to: RUNNING" in LOG.read_text())
with Call("trade: enters"):
    protected = "amount > 0 and leverage = 5 and liquidation_price > 0"
    wait(lambda: rows(f"select 1 from trades where {protected}"))
with Call("trade: its stop stands on the exchange"):
    wait(lambda: stop_orders("open") or stop_orders("canceled"))
with Call("trade: leaves"):
    wait(lambda: rows("select 1 from trades where is_open=0 and exit_reason='stands'"))
with Call("trade: takes its stop away"):
    wait(lambda: stop_orders("canceled"))
with Call("trade: enters and leaves short"):
    wait(lambda: rows("select 1 from trades where is_short=1 and is_open=0"))
with Call("trade: stops without an error"):
    interrupt()
    log = LOG.read_text()
    print(log)
    assert bot.returncode is not None, "it goes on"
    assert "Cleaning up modules" in log, f"ended with {bot.returncode}"
    errors = [line for line in log.splitlines() if " - ERROR - " in line or "Traceback" in line]
    assert not errors, errors[0]
bot.kill()
