"""A whole exchange in this process: served, in-process, repeatable, and safe between threads."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from websockets.sync.client import connect

from perpbox.box import Box
from perpbox.config import ConfigError
from perpbox.engine.commands import AdvanceTime
from perpbox.engine.exchange import Exchange
from perpbox.engine.hashing import state_hash
from perpbox.gateway.sequencer import replay
from perpbox.genesis import DEMO_KEY, DEMO_SECRET
from perpbox.lab.errors import LabError
from perpbox.money import SCALE
from perpbox.views import Views

HOUR_MS = 3_600_000
OPTIONS: dict[str, object] = {
    "market": "none",
    "clock": "frozen",
    "symbols": ["BTCUSDT", "ETHUSDT", "LTCUSDT"],
    "seed": 1,
}


def call(
    box: Box,
    method: str,
    path: str,
    key: str = DEMO_KEY,
    secret: str = DEMO_SECRET,
    **params: object,
) -> object:
    """A signed call without a socket."""
    query = urlencode({**params, "timestamp": box.desk.now_ms()})
    signature = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    signed = f"{query}&signature={signature}".encode()
    return json.loads(box.handle(method, path, signed, {b"x-mbx-apikey": key.encode()})[2])


def order(box: Box, side: str, quantity: str, price: str = "", **more: str) -> object:
    kind = {"type": "LIMIT", "price": price, "timeInForce": "GTC"} if price else {"type": "MARKET"}
    params = {"symbol": "BTCUSDT", "side": side, "quantity": quantity, **kind, **more}
    return call(box, "POST", "/fapi/v1/order", DEMO_KEY, DEMO_SECRET, **params)


def fetch(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, body, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def hash_of(box: Box) -> str:
    return state_hash(box.state)


def trade(box: Box) -> None:
    """A little of everything."""
    alice = box.account(usdt=1_000)
    box.set_price("BTCUSDT", 60_000)
    call(box, "POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=10)
    order(box, "BUY", "0.01")
    order(box, "SELL", "0.004", "60500")
    order(box, "BUY", "0.004", "1")
    call(
        box,
        "POST",
        "/fapi/v1/marginType",
        alice.key,
        alice.secret,
        symbol="ETHUSDT",
        marginType="ISOLATED",
    )
    box.advance(hours=8, minutes=1, seconds=0.5, ms=3)
    box.set_price("BTCUSDT", "60600.05")
    box.deposit(alice.account_id, "-12.5")


def test_served_on_a_free_port() -> None:
    """LAB-080: inside ``with`` the box answers at its url; afterwards it can still be read."""
    with Box(**OPTIONS) as box:
        assert fetch(f"{box.url}/fapi/v1/ping") == (200, b"{}")
        assert box.ws_url == box.url.replace("http", "ws")
        status, body = fetch(f"{box.url}/")
        assert (status, json.loads(body)["rest"]) == (200, f"{box.url}/fapi")
        assert fetch(f"{box.url}/perpbox/v1/reset", b"")[0] == 200
    assert len(box.state.markets) == 3
    with pytest.raises(urllib.error.URLError):
        fetch(f"{box.url}/fapi/v1/ping")


def test_demo_account_is_there_on_loopback() -> None:
    """LAB-081: the demo key is fixed, and funded, unless accounts are named."""
    box = Box(**OPTIONS)
    assert box.state.ledger.balance(1, "USDT") == 100_000 * SCALE
    assert box.state.accounts[1].api_key == DEMO_KEY
    own = Box(**OPTIONS, account=["mykeymykey:mysecretsecret:7USDT"])
    assert [account.api_key for account in own.state.accounts.values()] == ["mykeymykey"]
    balances = call(own, "GET", "/fapi/v2/balance", "mykeymykey", "mysecretsecret")
    assert isinstance(balances, list)
    assert {row["asset"]: row["balance"] for row in balances}["USDT"] == "7.00000000"


def test_fill_and_position() -> None:
    """LAB-082: an order meets the depth around a set price, and its position can be read."""
    box = Box(**OPTIONS)
    box.set_price("BTCUSDT", 60_000)
    placed = order(box, "BUY", "0.01", newOrderRespType="RESULT")
    assert isinstance(placed, dict)
    assert placed["status"] == "FILLED", placed
    rows = call(box, "GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")
    assert isinstance(rows, list)
    assert rows[0]["positionAmt"] == "0.010"
    assert rows[0]["markPrice"] == "60000.00000000"


def test_set_price_takes_any_number() -> None:
    """LAB-053: index and mark exactly as given, last on the tick below."""
    box = Box(**OPTIONS)
    for price in ("21123.05052574", 21123.05052574):
        box.set_price("BTCUSDT", price)
        market = box.state.markets["BTCUSDT"]
        assert (market.index, market.mark) == (2_112_305_052_574, 2_112_305_052_574)
        assert market.last == 2_112_300_000_000
    with pytest.raises(LabError, match="no symbol"):
        box.set_price("NOSUCH", 1)


def test_same_story_same_hash() -> None:
    """LAB-030: two boxes told the same have the same hash, and the same keys were given out."""
    first, second = Box(**OPTIONS, record=True), Box(**OPTIONS, record=True)
    for box in (first, second):
        trade(box)
    assert hash_of(first) == hash_of(second)
    assert first.log == second.log
    assert any(leg.both.quantity for leg in first.state.accounts[1].holdings.values())


def test_log_folds_to_the_same_state() -> None:
    """LAB-030: the log of a box, folded into a fresh exchange, gives its hash."""
    box = Box(**OPTIONS, record=True)
    trade(box)
    again = Exchange()
    replay(box.log, again, Views())
    assert state_hash(again.state) == hash_of(box)


def test_moving_market_repeats_itself() -> None:
    """LAB-030: with a seed and a standing clock the simulated market is the same every time."""
    hashes = set()
    for _ in range(2):
        box = Box(**OPTIONS | {"market": "sim"})
        box.advance(minutes=1)
        hashes.add(hash_of(box))
    other = Box(**OPTIONS | {"market": "sim", "seed": 2})
    other.advance(minutes=1)
    assert len(hashes) == 1
    assert hash_of(other) not in hashes


def test_reading_changes_nothing() -> None:
    """LAB-083: whatever is only read leaves the state as it was, to the hash."""
    box = Box(**OPTIONS)
    trade(box)
    before = hash_of(box)
    for path in (
        "/fapi/v2/account",
        "/fapi/v3/account",
        "/fapi/v2/balance",
        "/fapi/v2/positionRisk",
        "/fapi/v3/positionRisk",
        "/fapi/v1/symbolConfig",
        "/fapi/v1/accountConfig",
        "/fapi/v1/leverageBracket",
        "/fapi/v1/openOrders",
        "/fapi/v1/income",
        "/fapi/v1/exchangeInfo",
        "/fapi/v1/premiumIndex",
    ):
        answer = call(box, "GET", path)
        assert not (isinstance(answer, dict) and "code" in answer), (path, answer)
    assert hash_of(box) == before


def test_reset_forgets_limits_and_accounts() -> None:
    """LAB-060: after a reset keys of created accounts are unknown and the counters are at zero."""
    box = Box(**OPTIONS)
    alice = box.account()
    order(box, "BUY", "0.01", "100")
    box.reset()
    refused = call(box, "GET", "/fapi/v2/balance", alice.key, alice.secret)
    assert isinstance(refused, dict)
    assert refused["code"] == -2015
    _, head, _ = box.handle("GET", "/fapi/v1/ping")
    assert b"X-MBX-USED-WEIGHT-1M: 6\r\n" in head


def test_without_seed_secrets_are_random() -> None:
    """LAB-084: credentials repeat only where a seed was given."""
    options = {name: value for name, value in OPTIONS.items() if name != "seed"}
    made = {Box(**options).account().secret for _ in range(2)}
    assert len(made) == 2
    seeded = {Box(**OPTIONS).account().secret for _ in range(2)}
    assert len(seeded) == 1


def test_network_box_guards_its_lab(tmp_path: Path) -> None:
    """LAB-004, LAB-022: off loopback there is no demo key, and the lab asks for the token."""
    token = tmp_path / "token"
    token.write_text("a-token-of-twenty-chars")
    box = Box(
        **OPTIONS,
        host="0.0.0.0",
        operator_token=str(token),
        account="mykeymykey:mysecretsecret:7USDT",
    )
    assert DEMO_KEY not in box.state.accounts_by_key
    assert box.handle("GET", "/perpbox/v1/state")[0] == 401
    bearer = {b"authorization": b"Bearer a-token-of-twenty-chars", b"host": b"box.example"}
    assert box.handle("GET", "/perpbox/v1/state", b"", bearer)[0] == 200
    other = Box(
        **OPTIONS,
        host="0.0.0.0",
        operator_token=str(token),
        account="mykeymykey:mysecretsecret:7USDT",
    )
    assert box.account().secret != other.account().secret


def test_threads_do_not_meet() -> None:
    """LAB-085: methods of a served box may be called from any thread; each happens whole."""
    with Box(**OPTIONS) as box:
        main_thread = threading.get_ident()
        seen: set[int] = set()
        box.desk.observers.append(lambda *_: seen.add(threading.get_ident()))
        with ThreadPoolExecutor(8) as pool:
            opened = list(pool.map(lambda _: box.account(usdt=5), range(100)))
            list(pool.map(lambda _: fetch(f"{box.url}/perpbox/v1/accounts", b""), range(50)))
        assert len({account.account_id for account in opened}) == 100
        assert len(box.state.accounts) == 151
        assert len(seen) == 1
        assert main_thread not in seen


def test_time_runs_by_itself() -> None:
    """LAB-086: where the clock runs, what falls due happens without a request."""
    happened = threading.Event()
    box = Box(**OPTIONS | {"clock": "1000000", "now": "2026-11-01"})
    box.desk.observers.append(
        lambda _seq, _at, command, _events: (
            happened.set() if isinstance(command, AdvanceTime) else None
        )
    )
    with box:
        assert happened.wait(10)


def test_a_still_box_is_looked_at_less_often(tmp_path: Path) -> None:
    """LAB-099: no clock, no journal and no connection; any of them, and it is looked at again."""
    with Box(market="none", clock="frozen") as box:
        still_ms = box.tick_ms()
        with connect(f"{box.ws_url}/ws/nothing"):
            assert box.tick_ms() < still_ms
    assert Box(market="none", clock="real").tick_ms() < still_ms
    with Box(market="none", clock="frozen", data=tmp_path / "box") as kept:
        assert kept.tick_ms() < still_ms


def test_recorded_market_lists_its_contract() -> None:
    """LAB-087: a recording lists its own contract, and others only beside it."""
    box = Box(market="recorded", clock="frozen")
    assert list(box.state.markets) == ["BTCUSDT"]
    assert box.state.markets["BTCUSDT"].mark
    with pytest.raises(ConfigError, match="the recording is of BTCUSDT"):
        Box(market="recorded", symbols="ETHUSDT")
    with pytest.raises(ConfigError, match="must be recorded:"):
        Box(market="recorded:1999-01-01")


def test_specifications_may_be_laid_over() -> None:
    """LAB-088: ``specs`` takes a document or its path; a bad one names its place."""
    overlay = {"BTCUSDT": {"filters": [{"filterType": "MIN_NOTIONAL", "notional": "5"}]}}
    box = Box(**OPTIONS, specs=overlay)
    assert box.state.markets["BTCUSDT"].instrument.min_notional == 5 * SCALE
    with pytest.raises(ConfigError, match="specs or symbols: BTCUSDT"):
        Box(**OPTIONS, specs={"BTCUSDT": {"filters": 5}})


def test_settings_of_the_simulated_market() -> None:
    """LAB-088: ``sim`` sets size and spread of the street, and more, by name."""
    sim = {"levels": 3, "spread_ticks": 7, "volatility": "0.001", "level_notional": 1000}
    box = Box(**OPTIONS | {"market": "sim"}, sim=sim)
    bids, asks = box.state.markets["BTCUSDT"].book.depth(10)
    assert (len(bids), len(asks), asks[0][0] - bids[0][0]) == (3, 3, 7 * SCALE // 10)
    for wrong, words in (({"colour": 1}, "no setting 'colour'"), ({"levels": 0}, "levels must be")):
        with pytest.raises(ConfigError, match=words):
            Box(**OPTIONS, sim=wrong)


PLUGIN_TEST = """
import json, urllib.request
import pytest

def test_fixture(perpbox):
    alice = perpbox.account(usdt=10_000)
    assert alice.key and alice.secret
    perpbox.set_price("BTCUSDT", 60_000)
    perpbox.advance(hours=8)
    with urllib.request.urlopen(perpbox.url + "/perpbox/v1/clock") as answer:
        assert json.load(answer)["mode"] == "frozen"
    assert len(perpbox.state.accounts) == 2

def test_it_is_fresh(perpbox):
    assert len(perpbox.state.accounts) == 1
    assert sorted(perpbox.state.markets) == ["BTCUSDT", "ETHUSDT", "LTCUSDT"]

@pytest.mark.perpbox(symbols=["SOLUSDT"])
def test_marker(perpbox):
    assert list(perpbox.state.markets) == ["SOLUSDT"]
"""


def test_pytest_plugin(tmp_path: Path) -> None:
    """LAB-089: the fixture gives each test a fresh box; a marker changes its options."""
    (tmp_path / "test_bot.py").write_text(PLUGIN_TEST)
    command = [sys.executable, "-m", "pytest", "-p", "perpbox.pytest_plugin", "--strict-markers"]
    paths = [str(Path.cwd()), os.environ.get("PYTHONPATH", "")]
    found = subprocess.run(
        [*command, "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        },
    )
    assert "3 passed" in found.stdout, found.stdout + found.stderr
