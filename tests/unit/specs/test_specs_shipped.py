"""The shipped specifications: complete, consistent, and those of the venue where known."""

from itertools import pairwise

import pytest

from perpbox import money
from perpbox.specs import Catalogue, SpecError, catalogue
from perpbox.specs.brackets import cum_after
from perpbox.specs.brackets import read as read_brackets
from perpbox.specs.contract import FILTER_READERS, ROW_READERS
from perpbox.specs.shipped import bracket_rows, brackets

USDC_SHIPPED = 27
EVERY = catalogue()


def amounts(text: str) -> list[int]:
    return [money.parse(word) for word in text.split()]


def test_serves_ninety_crypto_contracts_and_gold() -> None:
    """SPC-001."""
    kinds = [EVERY.row(symbol)["contractType"] for symbol in EVERY.instruments]
    assert kinds.count("PERPETUAL") == 90
    assert [s for s in EVERY.instruments if EVERY.row(s)["contractType"] != "PERPETUAL"] == [
        "XAUUSDT"
    ]
    assert {"BTCUSDT", "ETHUSDT", "LTCUSDT"} <= EVERY.instruments.keys()
    assert not EVERY.left_out


@pytest.mark.parametrize("symbol", EVERY.instruments)
def test_row_has_every_key_in_wire_order(symbol: str) -> None:
    """SPC-001."""
    found = EVERY.row(symbol)
    readers = list(ROW_READERS)
    place = readers.index("orderTypes")
    assert list(found) == ["symbol", *readers[:place], "filters", *readers[place:]]
    assert found["symbol"] == found["pair"] == symbol
    assert symbol == f"{found['baseAsset']}{found['quoteAsset']}"
    filters = found["filters"]
    assert isinstance(filters, list)
    assert [list(entry) for entry in filters] == [
        ["filterType", *keys]
        for kind, keys in FILTER_READERS.items()
        if kind != "MAX_NUM_ALGO_ORDERS"
    ]


@pytest.mark.parametrize("symbol", EVERY.instruments)
def test_row_values_read_back_as_they_are_printed(symbol: str) -> None:
    """SPC-001: what is printed would be accepted in a document, unchanged."""
    found = EVERY.row(symbol)
    for key, reader in ROW_READERS.items():
        assert reader(found[key], key) == found[key]


@pytest.mark.parametrize("symbol", EVERY.instruments)
def test_instrument_is_consistent(symbol: str) -> None:
    """SPC-001, SPC-008."""
    contract = EVERY.instruments[symbol]
    assert contract.margin_asset in ("USDT", "USDC")
    assert contract.min_price <= EVERY.reference_price(symbol) <= contract.max_price
    assert contract.step_size <= contract.min_qty <= contract.max_qty
    assert contract.market_min_qty <= contract.market_max_qty <= contract.max_qty
    assert contract.step_size == contract.market_step_size
    assert contract.multiplier_down < money.SCALE < contract.multiplier_up
    assert contract.max_num_orders == 200
    assert money.parse("0.01") <= contract.liquidation_fee <= money.parse("0.015")
    assert contract.is_trading
    assert EVERY.row(symbol)["maxMoveOrderLimit"] == 10000


def test_btcusdt_is_that_of_production_in_2026_09() -> None:
    """SPC-002."""
    contract = EVERY.instruments["BTCUSDT"]
    assert [
        contract.min_notional,
        contract.tick_size,
        contract.min_price,
        contract.max_price,
        contract.max_qty,
        contract.market_max_qty,
        contract.liquidation_fee,
        contract.market_take_bound,
    ] == amounts("50 0.10 556.80 4529764 1000 120 0.0125 0.05")
    assert (contract.price_precision, contract.quantity_precision) == (2, 3)
    assert contract.default_leverage == 20
    first, last = contract.brackets[0], contract.brackets[-1]
    assert (first.initial_leverage, first.notional_cap) == (150, money.parse("300000"))
    assert (last.notional_cap, last.cum) == (money.parse("1800000000"), money.parse("421482000"))
    filters = EVERY.row("BTCUSDT")["filters"]
    assert isinstance(filters, list)
    assert filters[0] == {
        "filterType": "PRICE_FILTER",
        "minPrice": "556.80",
        "maxPrice": "4529764",
        "tickSize": "0.10",
    }


def test_brackets_are_one_staircase_in_every_known_contract() -> None:
    """SPC-003: over all contracts of the bracket file, shipped ones and others."""
    symbols = list(brackets().contracts)
    assert len(symbols) == 907
    rows = 0
    for symbol in symbols:
        steps = read_brackets(bracket_rows(symbol), symbol)
        for before, step in pairwise(steps):
            assert step.notional_floor == before.notional_cap
            assert step.cum == cum_after(before, step.notional_floor, step.maint_margin_rate)
        rows += len(steps)
    assert rows == 7276


@pytest.mark.parametrize("symbol", EVERY.instruments)
def test_brackets_rise_from_nothing_and_cum_follows(symbol: str) -> None:
    """SPC-003."""
    steps = EVERY.instruments[symbol].brackets
    assert (steps[0].notional_floor, steps[0].cum) == (0, 0)
    assert steps[-1].initial_leverage == 1
    for before, step in pairwise(steps):
        assert step.bracket == before.bracket + 1
        assert step.initial_leverage < before.initial_leverage
        assert step.notional_floor == before.notional_cap < step.notional_cap
        assert step.maint_margin_rate > before.maint_margin_rate
        assert step.cum == cum_after(before, step.notional_floor, step.maint_margin_rate)


@pytest.mark.parametrize(
    ("symbol", "maker", "taker"),
    [
        ("BTCUSDT", "0.0002", "0.0005"),
        ("BTCUSDC", "0", "0.0005"),
        ("XAUUSDT", "0", "0.0004"),
    ],
)
def test_fees_are_those_of_level_0(symbol: str, maker: str, taker: str) -> None:
    """SPC-004."""
    rates = EVERY.commission(symbol)
    assert [rates.maker, rates.taker, rates.rpi] == amounts(f"{maker} {taker} 0")
    contract = EVERY.instruments[symbol]
    assert (contract.maker_fee, contract.taker_fee) == (rates.maker, rates.taker)


def test_usdc_contracts_are_margined_in_usdc() -> None:
    """SPC-004."""
    free = [s for s, contract in EVERY.instruments.items() if contract.margin_asset == "USDC"]
    assert len(free) == USDC_SHIPPED
    assert all(EVERY.commission(symbol).maker == 0 for symbol in free)


@pytest.mark.parametrize(
    ("symbol", "cap", "hours", "is_listed"),
    [
        ("BTCUSDT", "0.00300", 8, True),
        ("XAUUSDT", "0.00500000", 4, True),
        ("ETHUSDT", "0.00300000", 8, False),
        ("1000PEPEUSDT", "0.00487500", 8, False),
    ],
)
def test_funding_terms(symbol: str, cap: str, hours: int, is_listed: bool) -> None:
    """SPC-005: 0.75 of 0.0065 is 0.004875."""
    info = EVERY.funding_info(symbol)
    assert (info.cap_text, info.floor_text) == (cap, f"-{cap}")
    assert (info.cap, info.floor) == (money.parse(cap), -money.parse(cap))
    assert (info.interval_hours, info.is_listed) == (hours, is_listed)
    contract = EVERY.instruments[symbol]
    assert (contract.funding_interval_hours, contract.funding_rate_cap) == (hours, info.cap)


def test_every_funding_cap_is_above_zero() -> None:
    """SPC-005."""
    assert all(contract.funding_rate_cap > 0 for contract in EVERY.instruments.values())


def test_limits_and_assets() -> None:
    """SPC-006."""
    assert [(r["rateLimitType"], r["limit"]) for r in EVERY.rate_limits] == [
        ("REQUEST_WEIGHT", 2400),
        ("ORDERS", 1200),
        ("ORDERS", 300),
    ]
    assert EVERY.assets[:2] == [
        {"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"},
        {"asset": "BTC", "marginAvailable": True, "autoAssetExchange": "-0.10000000"},
    ]
    margin_assets = {contract.margin_asset for contract in EVERY.instruments.values()}
    assert margin_assets <= {entry["asset"] for entry in EVERY.assets}
    assert len(EVERY.assets) == 12


@pytest.mark.parametrize("symbol", EVERY.instruments)
def test_reference_price_is_on_the_grid(symbol: str) -> None:
    """SPC-007."""
    price = EVERY.reference_price(symbol)
    assert price % EVERY.instruments[symbol].tick_size == 0
    assert price >= 100 * EVERY.instruments[symbol].tick_size


def test_reference_price_of_bitcoin_is_the_printed_one() -> None:
    """SPC-007."""
    assert EVERY.reference_price("BTCUSDT") == money.parse("76915.0")


def test_default_leverage_stays_within_the_brackets() -> None:
    """SPC-009: XEMUSDT allows 10 at most."""
    assert EVERY.instruments["BTCUSDT"].default_leverage == 20
    assert EVERY.instruments["XEMUSDT"].default_leverage == 10


def test_serves_only_what_is_asked_in_the_shipped_order() -> None:
    """SPC-001."""
    assert list(catalogue(["LTCUSDT", "BTCUSDT"]).instruments) == ["BTCUSDT", "LTCUSDT"]
    with pytest.raises(SpecError, match="NOPEUSDT: no such contract"):
        catalogue(["BTCUSDT", "NOPEUSDT"])


def test_catalogues_share_nothing_that_can_change() -> None:
    """SPC-001: a row spoilt by one owner is whole in the next catalogue."""
    first: Catalogue = catalogue(["BTCUSDT"])
    first.row("BTCUSDT").clear()
    assert catalogue(["BTCUSDT"]).row("BTCUSDT") == EVERY.row("BTCUSDT")
