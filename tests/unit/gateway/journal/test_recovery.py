"""A box that is kept comes back as it was, however it ended."""

from pathlib import Path

import pytest

from perpbox.box import Box
from perpbox.engine.commands import Deposit
from perpbox.engine.types import ClockMotion
from perpbox.gateway.journal.errors import JournalError
from perpbox.genesis import DEMO_KEY
from perpbox.money import SCALE, Amount
from tests.unit.gateway.journal.kept import (
    BTC,
    START_MS,
    crashed,
    hash_of,
    journalled,
    kept,
    order,
    trade,
)


def test_a_box_that_ended_goes_on(tmp_path: Path) -> None:
    """JRN-001: state, histories, time and ids go on after an orderly end."""
    with kept(tmp_path / "box") as box:
        trade(box)
        before, now_ms = hash_of(box), box.desk.now_ms()
        trades = box.views.user_trades.query(3, BTC, None, None, None, None, 100)
    with kept(tmp_path / "box") as box:
        assert hash_of(box) == before
        assert box.desk.now_ms() == now_ms == START_MS + 9 * 3_600_000
        assert box.views.user_trades.query(3, BTC, None, None, None, None, 100) == trades
        assert trades
        box.submit(order(2, 77))
        ids = [record.order_id for record in box.views.orders.open(2)]
        assert ids[-1] == 7


def test_a_box_that_crashed_goes_on(tmp_path: Path) -> None:
    """JRN-001: everything that was told is there after a crash, with the keys to sign."""
    with kept(tmp_path / "box") as box:
        trade(box)
        opened = box.account(usdt=5)
        copy = crashed(tmp_path / "box", tmp_path / "copy")
        with kept(copy) as again:
            assert hash_of(again) == hash_of(box)
            assert again.desk.keys.get(DEMO_KEY.encode()) is not None
            key = again.desk.keys.get(opened.key.encode())
            assert key is not None
            assert key.account_id == opened.account_id
            assert again.account(usdt=1).key != opened.key


@pytest.mark.parametrize("market", ["sim", "recorded"])
def test_the_market_goes_on_where_it_was(tmp_path: Path, market: str) -> None:
    """JRN-011: a market source says after a crash what it would have said without."""
    options = {"market": market, "symbols": [BTC]}
    with kept(tmp_path / "box", **options) as box:
        box.advance(seconds=9)
        copy = crashed(tmp_path / "box", tmp_path / "copy")
        with kept(copy, **options) as again:
            again.advance(seconds=30)
            box.advance(seconds=30)
            assert hash_of(again) == hash_of(box)
            assert again.state.markets[BTC].book.update_id > 0


def test_a_market_cut_off_in_the_middle_of_an_instant(tmp_path: Path) -> None:
    """JRN-011: what the source had said already and was not written is said after the crash."""
    options = {"market": "sim", "symbols": [BTC]}
    with kept(tmp_path / "live", **options) as box:
        box.advance(seconds=30)
        reference = hash_of(box)
        crashed(tmp_path / "live", tmp_path / "box")
    found = journalled(tmp_path / "box")
    last = found[-1]
    asked = max(
        number for number, one in enumerate(found) if type(one.entry.what).__name__ == "MarketAsked"
    )
    assert len(found) > asked + 2
    last.path.write_bytes(last.path.read_bytes()[: found[asked + 2].offset])
    with kept(tmp_path / "box", **options) as again:
        again.advance(ms=START_MS + 30_000 - again.desk.now_ms())
        assert hash_of(again) == reference or again.state.seq != box.state.seq
        assert again.state.markets[BTC].mark == box.state.markets[BTC].mark


def test_a_reset_begins_anew_for_good(tmp_path: Path) -> None:
    """JRN-001: what was before a reset does not come back."""
    with kept(tmp_path / "box") as box:
        trade(box)
        box.reset()
        before = hash_of(box)
        assert len(box.state.accounts) == 1
    with kept(tmp_path / "box") as box:
        assert hash_of(box) == before
        assert len(box.state.accounts) == 1


def test_amounts_beyond_64_bits(tmp_path: Path) -> None:
    """JRN-001: an amount may be larger than any machine word."""
    amount = Amount(10**15 * SCALE)
    with kept(tmp_path / "box") as box:
        box.submit(Deposit(1, "USDT", amount))
    with kept(tmp_path / "box") as box:
        assert box.state.ledger.balance(1, "USDT") == amount + 100_000 * SCALE


def test_the_clock_goes_on(tmp_path: Path) -> None:
    """JRN-010: a restored clock has the pace and the time it had; another one can be asked for."""
    with kept(tmp_path / "box", clock="60", now=START_MS) as box:
        box.advance(hours=5)
        now_ms = box.desk.now_ms()
    given = {"data": tmp_path / "box"}
    with Box(**given) as box:
        assert box.desk.clock.mode.value == "scaled"
        assert box.desk.clock.speed == 60
        assert now_ms <= box.desk.now_ms() < now_ms + 3_600_000
    with Box(**given, clock="frozen") as box:
        assert box.desk.clock.mode.value == "frozen"
        assert box.state.clock is ClockMotion.STANDS
        frozen_ms = box.desk.now_ms()
        assert frozen_ms >= now_ms
    with Box(**given) as box:
        assert box.desk.clock.mode.value == "frozen"
        assert box.desk.now_ms() == frozen_ms


def test_listen_keys_and_countdowns_live_on(tmp_path: Path) -> None:
    """JRN-009: a listen key is good for its hour whatever happens; a countdown still cancels."""
    wall = [START_MS]
    options = {"wall_ms": lambda: wall[0]}
    with kept(tmp_path / "box", **options) as box:
        key = box.call(lambda: box.desk.listen_keys.open(1))
        box.set_price(BTC, 60_000)
        box.submit(order(1, 1))
        box.call(lambda: box.desk.errands.countdowns.start(1, BTC, 5_000))
        copy = crashed(tmp_path / "box", tmp_path / "copy")
    wall[0] += 10_000
    again = kept(copy, **options)
    assert again.desk.listen_keys.get(1) == key
    assert len(again.state.accounts[1].open_orders) == 1
    again.call(again.desk.tick)
    assert again.state.accounts[1].open_orders == {}
    again.close()
    text = b"".join(file.read_bytes() for file in (copy / "journal").iterdir())
    assert key.encode() not in text


def test_one_box_a_directory(tmp_path: Path) -> None:
    """JRN-006: a directory that a box uses is refused to another, until that one has ended."""
    refused = pytest.raises(JournalError, match=r"is in use by another box \(process \d+\)")
    with kept(tmp_path / "box"), refused:
        kept(tmp_path / "box")
    kept(tmp_path / "box").close()


def test_secrets_stay_out_of_the_journal(tmp_path: Path) -> None:
    """JRN-007: secrets lie in a file of their own, for the owner only; key ids in the journal."""
    with kept(tmp_path / "box", account="mykey123:mysecret:5USDT") as box:
        opened = box.account(usdt=5)
    text = b"".join(file.read_bytes() for file in (tmp_path / "box" / "journal").iterdir())
    assert opened.key.encode() in text
    assert b"mykey123" in text
    for secret in (opened.secret, "mysecret"):
        assert secret.encode() not in text
    file = tmp_path / "box" / "secrets.jsonl"
    assert opened.secret in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(JournalError, match="chmod 600"):
        kept(tmp_path / "box")


def test_secrets_do_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JRN-007: a file of secrets that grows long is written anew with what still holds."""
    monkeypatch.setattr("perpbox.gateway.journal.secrets.BYTES_MAX", 2_000)
    file = tmp_path / "box" / "secrets.jsonl"
    with kept(tmp_path / "box") as box:
        opened = box.account(usdt=5)
        for _ in range(50):
            key = box.call(lambda: box.desk.listen_keys.open(1))
        assert file.stat().st_size < 2_500
        assert file.stat().st_mode & 0o777 == 0o600
    with kept(tmp_path / "box") as box:
        assert box.desk.listen_keys.get(1) == key
        assert box.desk.keys.get(opened.key.encode()) is not None
