"""Every route of the lab, with what it refuses, through a box without a socket."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from perpbox.box import Box
from perpbox.lab.api import PREFIX
from perpbox.lab.clock import ADVANCE_MS_MAX
from perpbox.lab.wishes import AccountRefused
from perpbox.money import SCALE

START_MS = 1_793_491_200_000
HOUR_MS = 3_600_000
Answer = dict[str, object]


@pytest.fixture(name="box")
def fresh_box() -> Box:
    return Box(market="none", clock="frozen", symbols=["BTCUSDT", "ETHUSDT"], seed=1)


def post(box: Box, path: str, body: object) -> tuple[int, Answer]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, _, answer = box.handle("POST", PREFIX + path, b"", {b"host": b"127.0.0.1"}, raw)
    found = json.loads(answer)
    assert isinstance(found, dict)
    return status, found


def ask(box: Box, path: str) -> Answer:
    status, _, answer = box.handle("GET", PREFIX + path)
    assert status == 200, answer
    found = json.loads(answer)
    assert isinstance(found, dict)
    return found


def done(box: Box, path: str, body: object) -> Answer:
    status, answer = post(box, path, body)
    assert status == 200, answer
    return answer


def test_account_is_opened_and_funded(box: Box) -> None:
    """LAB-050: an account has key, secret and wallets; fees and mode are as asked."""
    opened = done(
        box,
        "/accounts",
        {
            "wallets": {"USDT": "1000.5", "BNB": 2},
            "makerFee": 0,
            "takerFee": "-0.0001",
            "hedge": True,
        },
    )
    number = opened["account"]
    assert isinstance(number, int)
    account = box.state.accounts[number]
    assert account.api_key == opened["key"]
    assert len(str(opened["secret"])) == 64
    assert (account.maker_fee, account.taker_fee, account.hedge) == (0, -10_000, True)
    balances = {asset: box.state.ledger.balance(number, asset) for asset in ("USDT", "BNB")}
    assert balances == {"USDT": 100_050_000_000, "BNB": 2 * SCALE}


def test_account_needs_nothing(box: Box) -> None:
    """LAB-050: without a body an account is empty, with the fees of the contracts."""
    opened = done(box, "/accounts", b"")
    number = opened["account"]
    assert isinstance(number, int)
    assert box.state.accounts[number].maker_fee is None
    assert box.state.ledger.balance(number, "USDT") == 0


def test_account_with_public_key_has_no_secret(box: Box) -> None:
    """LAB-051: with an RSA or Ed25519 public key there is no secret to give."""
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    opened = done(box, "/accounts", {"publicKey": pem})
    assert opened["secret"] is None
    assert opened["key"]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"wallets": {"DOGECOIN": "1"}}, -9010, "there is no asset 'DOGECOIN'"),
        ({"wallets": {"USDT": "-1"}}, -9007, "wallets.USDT must be 0 or more"),
        ({"wallets": {"USDT": "0.123456789"}}, -9007, "at most 8 decimals"),
        ({"wallets": {"USDT": True}}, -9007, "must be a number"),
        ({"wallets": {}}, -9007, "wallets must be an object"),
        ({"wallets": ["USDT"]}, -9007, "wallets must be an object"),
        ({"makerFee": "0.2"}, -9007, "makerFee must be from -0.1 to 0.1"),
        ({"takerFee": "NaN"}, -9007, "takerFee must be a number"),
        ({"hedge": "yes"}, -9007, "hedge must be true or false"),
        ({"publicKey": "no key"}, -9007, "publicKey: not a public key"),
        ({"publicKey": 5}, -9007, "publicKey must be a string"),
        ({"secret": "mine"}, -9005, "there is no field 'secret' here"),
        (b"{", -9003, "the body is not JSON"),
    ],
)
def test_bad_accounts(box: Box, body: object, code: int, words: str) -> None:
    """LAB-011: a refused account says what to change, and nobody was added."""
    before = ask(box, "/state")
    status, answer = post(box, "/accounts", body)
    assert (status, answer["code"]) == (400, code)
    assert words in str(answer["msg"])
    assert ask(box, "/state") == before


def test_key_that_cannot_sign(box: Box) -> None:
    """LAB-051: a key of another kind is refused."""
    key = dsa.generate_private_key(1024).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    status, answer = post(box, "/accounts", {"publicKey": pem})
    assert (status, answer["code"]) == (400, -9007)
    assert "RSA and Ed25519" in str(answer["msg"])


def test_deposits_go_both_ways(box: Box) -> None:
    """LAB-052: a negative amount takes out, also more than there is."""
    deposit = {"account": 1, "asset": "USDT", "amount": "-100000.00000001"}
    assert done(box, "/deposits", deposit)["balance"] == "-0.00000001"
    assert done(box, "/deposits", {"account": "1", "asset": "USDT", "amount": 5})["balance"] == (
        "4.99999999"
    )
    assert ask(box, "/state")["ledgerSum"] == "0"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"account": 99, "asset": "USDT", "amount": 1}, -9009, "there is no account 99"),
        ({"account": 0, "asset": "USDT", "amount": 1}, -9007, "account must be a whole number"),
        ({"account": 1, "asset": "XYZ", "amount": 1}, -9010, "there is no asset 'XYZ'"),
        ({"account": 1, "asset": "USDT"}, -9006, "amount is missing"),
        ({"account": 1, "asset": "USDT", "amount": None}, -9006, "amount is missing"),
        ({"account": 1, "asset": "USDT", "amount": 1e16}, -9007, "amount must be at most"),
    ],
)
def test_bad_deposits(box: Box, body: object, code: int, words: str) -> None:
    """LAB-011: a refused deposit says what to change."""
    status, answer = post(box, "/deposits", body)
    assert (status, answer["code"]) == (400, code)
    assert words in str(answer["msg"])


def test_prices_are_pinned_with_depth_around(box: Box) -> None:
    """LAB-053, LAB-054: prices hold until null; where no source does it, depth lies around."""
    shown = done(box, "/prices", {"symbol": "BTCUSDT", "index": "60000.123", "last": 60000})
    assert shown == {
        "symbol": "BTCUSDT",
        "index": "60000.123",
        "mark": "60000.123",
        "last": "60000",
        "pinned": ["index", "last"],
    }
    bids, asks = box.state.markets["BTCUSDT"].book.depth(100)
    assert (len(bids), len(asks)) == (20, 20)
    assert (bids[0][0], asks[0][0]) == (60_000 * SCALE, 60_000 * SCALE + SCALE // 10)
    shown = done(box, "/prices", {"symbol": "BTCUSDT", "mark": 59000, "index": None})
    assert shown["pinned"] == ["mark", "last"]
    assert box.state.markets["BTCUSDT"].book.best_bid() == 59_000 * SCALE


def test_depth_of_the_lab_stays(box: Box) -> None:
    """LAB-055: once depth has been set for a symbol, prices no longer move it."""
    depth = {"symbol": "BTCUSDT", "bids": [["100", "2"], ["99.9", 1]], "asks": [[101, 1]]}
    answer = done(box, "/depth", depth)
    assert (answer["bids"], answer["asks"]) == (2, 1)
    done(box, "/prices", {"symbol": "BTCUSDT", "mark": 60000})
    bids, asks = box.state.markets["BTCUSDT"].book.depth(100)
    assert bids == [(100 * SCALE, 2 * SCALE), (9_990_000_000, SCALE)]
    assert asks == [(101 * SCALE, SCALE)]
    done(box, "/depth", {"symbol": "BTCUSDT"})
    assert box.state.markets["BTCUSDT"].book.depth(100) == ([], [])


@pytest.mark.parametrize(
    ("path", "body", "code", "words"),
    [
        ("/prices", {"mark": 1}, -9006, "symbol is missing"),
        ("/prices", {"symbol": "NOSUCH", "mark": 1}, -9008, "there is no symbol 'NOSUCH'"),
        ("/prices", {"symbol": "BTCUSDT"}, -9006, "give a price or null"),
        ("/prices", {"symbol": "BTCUSDT", "mark": 0}, -9007, "mark must be above 0, or null"),
        ("/prices", {"symbol": "BTCUSDT", "mark": "-5"}, -9007, "mark must be above 0"),
        ("/prices", {"symbol": "BTCUSDT", "last": "1.05"}, -9007, "a multiple of the tick 0.1"),
        ("/prices", {"symbol": "B" * 100_000, "mark": 1}, -9007, "symbol must be"),
        ("/depth", {"symbol": "NOSUCH"}, -9008, "there is no symbol"),
        ("/depth", {"symbol": "BTCUSDT", "bids": [[1.05, 1]]}, -9007, "multiple of the tick"),
        ("/depth", {"symbol": "BTCUSDT", "asks": [[1, "0.0001"]]}, -9007, "multiple of the step"),
        ("/depth", {"symbol": "BTCUSDT", "asks": [[1, 1], [1, 2]]}, -9007, "different prices"),
        (
            "/depth",
            {"symbol": "BTCUSDT", "bids": [[2, 1]], "asks": [[2, 1]]},
            -9007,
            "bids must be below asks: 2 is not below 2",
        ),
    ],
)
def test_bad_markets(box: Box, path: str, body: object, code: int, words: str) -> None:
    """LAB-011: a refused price or depth says what to change, and nothing was applied."""
    before = ask(box, "/state")
    status, answer = post(box, path, body)
    assert (status, answer["code"]) == (400, code)
    assert words in str(answer["msg"])
    assert len(str(answer["msg"])) < 250
    assert ask(box, "/state") == before


def test_clock_is_told_and_set(box: Box) -> None:
    """LAB-056: mode, time and speed can be read and changed."""
    assert ask(box, "/clock") == {"mode": "frozen", "now": START_MS, "speed": "0"}
    later = done(box, "/clock", {"mode": "frozen", "now": "2026-11-02"})
    assert later["now"] == START_MS + 24 * HOUR_MS
    assert box.state.now_ms == START_MS + 24 * HOUR_MS
    scaled = done(box, "/clock", {"mode": "scaled", "speed": "0.5"})
    assert (scaled["mode"], scaled["speed"]) == ("scaled", "0.5")
    assert done(box, "/clock", {"mode": "scaled"})["speed"] == "0.5"
    assert done(box, "/clock", {"mode": "jumping"})["speed"] == "0"


def test_time_passes_at_once(box: Box) -> None:
    """LAB-057: the answer to an advance comes when every consequence has been applied."""
    done(box, "/prices", {"symbol": "BTCUSDT", "mark": 60000})
    assert done(box, "/clock/advance", {"ms": 8 * HOUR_MS})["now"] == START_MS + 8 * HOUR_MS
    assert done(box, "/clock/advance", {"to": "2026-11-02T00:00:00Z"})["now"] == (
        START_MS + 24 * HOUR_MS
    )
    assert len(box.views.funding.history("BTCUSDT", None, None, 100)) == 3
    assert box.state.now_ms == START_MS + 24 * HOUR_MS


def test_jumping_clock_goes_from_deadline_to_deadline(box: Box) -> None:
    """LAB-058: each tick of a jumping clock brings the next deadline."""
    done(box, "/clock", {"mode": "jumping"})
    for hours in (8, 16):
        box.desk.tick()
        assert box.desk.now_ms() == START_MS + hours * HOUR_MS


@pytest.mark.parametrize(
    ("path", "body", "code", "words"),
    [
        ("/clock", {}, -9006, "mode is missing"),
        ("/clock", {"mode": "fast"}, -9007, "mode must be real or frozen"),
        ("/clock", {"mode": "frozen", "speed": 2}, -9012, 'only "scaled" has a speed'),
        ("/clock", {"mode": "scaled"}, -9006, "speed is missing"),
        ("/clock", {"mode": "scaled", "speed": 0}, -9007, "speed: a speed is between"),
        ("/clock", {"mode": "scaled", "speed": "x"}, -9007, "speed: 'x' is not a speed"),
        ("/clock", {"mode": "real", "now": START_MS}, -9012, "a real clock cannot be set"),
        ("/clock", {"mode": "frozen", "now": START_MS - 1}, -9012, "never goes back"),
        ("/clock", {"mode": "frozen", "now": "9999-01-01"}, -9012, "ms at most"),
        ("/clock", {"mode": "frozen", "now": "noon"}, -9007, "now: 'noon' is neither"),
        ("/clock/advance", {}, -9006, "give either ms or to"),
        ("/clock/advance", {"ms": 1, "to": START_MS}, -9006, "give either ms or to"),
        ("/clock/advance", {"ms": -1}, -9007, "ms must be a whole number"),
        ("/clock/advance", {"ms": ADVANCE_MS_MAX + 1}, -9007, "ms must be a whole number"),
        ("/clock/advance", {"ms": 1.5}, -9007, "ms must be a whole number"),
        ("/clock/advance", {"to": START_MS - 1}, -9012, "never goes back"),
    ],
)
def test_bad_clocks(box: Box, path: str, body: object, code: int, words: str) -> None:
    """LAB-011: a refused clock says what to change, and the time is what it was."""
    status, answer = post(box, path, body)
    assert (status, answer["code"]) == (400, code), answer
    assert words in str(answer["msg"])
    assert ask(box, "/clock") == {"mode": "frozen", "now": START_MS, "speed": "0"}


def test_real_clock_is_not_advanced() -> None:
    """LAB-057: where the wall decides, an advance is refused with what to do."""
    box = Box(market="none", symbols=["BTCUSDT"])
    status, answer = post(box, "/clock/advance", {"ms": 5})
    assert (status, answer["code"]) == (400, -9012)
    assert '{"mode":"frozen"}' in str(answer["msg"])


def test_state_counts(box: Box) -> None:
    """LAB-059: the state names number, time, hash, ledger sum and counts."""
    state = ask(box, "/state")
    assert len(str(state.pop("hash"))) == 64
    assert state == {
        "seq": 19,
        "now": START_MS,
        "ledgerSum": "0",
        "symbols": 2,
        "accounts": 1,
        "openOrders": 0,
        "positions": 0,
    }


def test_reset_begins_anew(box: Box) -> None:
    """LAB-060: after a reset the state is that of the start, to the hash, with the same keys."""
    before = ask(box, "/state")
    first = done(box, "/accounts", b"")
    done(box, "/prices", {"symbol": "BTCUSDT", "mark": 60000})
    done(box, "/depth", {"symbol": "ETHUSDT", "bids": [[1000, 1]]})
    done(box, "/clock/advance", {"ms": 12345})
    assert ask(box, "/state")["hash"] != before["hash"]
    assert done(box, "/reset", b"") == before
    assert ask(box, "/state") == before
    assert done(box, "/accounts", b"") == first


def test_unknown_paths_and_methods(box: Box) -> None:
    """LAB-061: an unknown path is 404, a wrong method 405, and both say what there is."""
    for path in ("", "/", "/nothing", "/explain", "x"):
        status, answer = post(box, path, b"")
        assert (status, answer["code"]) == (404, -9001)
        assert PREFIX + "/clock/advance" in str(answer["msg"])
    status, _, body = box.handle("GET", PREFIX + "/reset")
    assert (status, json.loads(body)["code"]) == (405, -9002)
    assert b"takes POST" in body


def test_body_is_bounded(box: Box) -> None:
    """LAB-011: a body that is too large is refused before it is read."""
    status, answer = post(box, "/depth", b" " * 300_000)
    assert (status, answer["code"]) == (413, -9004)


def test_accounts_are_bounded() -> None:
    """LAB-091: a loop that opens accounts would fill the memory."""
    with Box(market="none", symbols=["BTCUSDT"], accounts_max=4) as box:
        opened = [post(box, "/accounts", b"{}") for _ in range(5)]
        assert [status for status, _ in opened] == [200] * (4 - 1) + [400] * 2
        assert opened[-1][1]["code"] == -9007
        assert "accounts_max" in str(opened[-1][1]["msg"])
        with pytest.raises(AccountRefused):
            box.account()
        box.reset()
        assert post(box, "/accounts", b"{}")[0] == 200
