"""The recorded rows of the real venue: read from their files, each handed to its check."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from perpbox.calculator import check_fills as fills
from perpbox.calculator import check_infer as infer
from perpbox.calculator import check_totals as totals
from perpbox.calculator.check import FieldCheck, not_checkable
from perpbox.calculator.check_inputs import RowKind, Terms, leverage_of, printed_cap
from perpbox.calculator.check_rows import check_row
from perpbox.engine.symbol import Bracket
from perpbox.money import Amount, Rate, parse
from perpbox.specs import brackets, catalogue
from perpbox.wire.vintage import NEWEST, Vintage

SAMPLES: Final = ("samples.json", "samples_2.json")
TIERS: Final = "tiers.json"
OLD_TABLE: Final = "brackets_btcusdt_2021.json"
OLD_SYMBOL: Final = "BTCUSDT"

Row = Mapping[str, object]
ROW_KINDS: Final[Mapping[str, RowKind]] = {
    "positionRisk_v1": RowKind.RISK_V2,
    "positionRisk_v2": RowKind.RISK_V2,
    "papi_um_positionRisk": RowKind.RISK_V2,
    "positionRisk_pm": RowKind.RISK_V2,
    "positionRisk_v3": RowKind.RISK_V3,
    "positionRisk_part": RowKind.RISK_V3,
    "account_v2_pos": RowKind.ACCOUNT_V2,
    "account_v3_pos": RowKind.ACCOUNT_V3,
}
TOTAL_KINDS: Final[Mapping[str, Callable[[str, Row], list[FieldCheck]]]] = {
    "account_totals_single": totals.check_single,
    "account_totals_multi": totals.check_multi,
    "balance_single": totals.check_balance,
    "balance_multi": totals.check_balance_multi,
}
FUNDING_CHAINS: Final = (
    ("fund_BTCUSDT", "fund_DASHUSDT"),
    ("fund_COTIUSDT", "fund_CHRUSDT"),
    ("fund_CHRUSDT", "fund_C98USDT"),
)
"""Funding payments that followed one another without one in between."""
CLOSE_PAIR: Final = ("rp_avax_1", "rp_avax_2")
OPEN_CLOSE: Final = ("o_ach_1", "o_ach_2")
AAPL_MARKS: Final = ("313.19672593", "313.19770460")
"""The marks printed before and after the fill of o_aapl_open."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded row: where it is from, its day and what it prints."""

    id: str
    kind: str
    env: str
    source: str
    row: dict[str, object]
    as_of: str = msgspec.field(name="asOf", default="")
    day_estimated: bool = msgspec.field(name="dayEstimated", default=False)
    full: bool = False
    note: str = ""

    @property
    def vintage(self) -> Vintage:
        """The API of its day; the newest where nothing tells the day."""
        return Vintage(self.as_of or NEWEST)


class Recording(msgspec.Struct, frozen=True):
    """All rows by id, with what is known of the brackets of their days."""

    samples: Mapping[str, Sample]
    tiers: Mapping[str, tuple[str, str]]
    tables: Mapping[str, str]
    old_table: tuple[Bracket, ...]


def read_recording(folder: Path) -> Recording:
    """Read the recorded rows of a folder."""
    samples: dict[str, Sample] = {}
    for name in SAMPLES:
        listed = json.loads((folder / name).read_text())["samples"]
        for sample in msgspec.convert(listed, list[Sample]):
            samples[sample.id] = sample
    tiers = json.loads((folder / TIERS).read_text())
    old = json.loads((folder / OLD_TABLE).read_text())
    return Recording(
        samples,
        msgspec.convert(tiers["tiers"], dict[str, tuple[str, str]]),
        msgspec.convert(tiers["tables"], dict[str, str]),
        brackets.read(old[OLD_SYMBOL]["brackets"], OLD_SYMBOL),
    )


def check_recording(recording: Recording) -> list[FieldCheck]:
    """Every field of every row, in the order of the files."""
    found: list[FieldCheck] = []
    for sample in recording.samples.values():
        checks = check_sample(recording, sample)
        if not checks:
            checks = [not_checkable(sample.id, "-", "", "prints nothing that follows from inputs")]
        found += checks
    return found


def check_sample(recording: Recording, sample: Sample) -> list[FieldCheck]:
    """Every field of one row."""
    if sample.kind in ROW_KINDS:
        terms = row_terms(recording, sample)
        return check_row(sample.id, sample.row, ROW_KINDS[sample.kind], sample.vintage, terms)
    if sample.kind in TOTAL_KINDS:
        return TOTAL_KINDS[sample.kind](sample.id, sample.row)
    return _check_event(recording, sample)


def row_terms(recording: Recording, sample: Sample) -> Terms:
    """What is known of the contract of a row on its day."""
    symbol = str(sample.row["symbol"])
    known = catalogue().instruments.get(symbol)
    precision = None if known is None else known.price_precision
    tier = recording.tiers.get(sample.id)
    if tier is not None:
        rate, cum = Rate(parse(tier[0])), Amount(parse(tier[1]))
        cap = printed_cap(sample.row)
        table = infer.flat_bracket(leverage_of(sample.row), cap, rate, cum)
        name = f"tier of the day: {infer.bracket_note(table[0])}"
        return Terms(price_precision=precision, tables=(table,), names=(name,))
    printed = recording.tables.get(sample.id)
    if printed is not None:
        table = printed_table(recording.samples[printed])
        names = ("brackets printed beside it",)
        return Terms(price_precision=precision, tables=(table,), names=names)
    return Terms(price_precision=precision)


def printed_table(sample: Sample) -> tuple[Bracket, ...]:
    """The brackets that a row of brackets prints."""
    names = ("notionalFloor", "notionalCap", "maintMarginRatio", "initialLeverage", "cum")
    listed = msgspec.convert(sample.row["brackets"], list[list[object]])
    rows = [dict(zip(names, values, strict=True)) for values in listed]
    return brackets.read(rows, sample.id)


def _check_event(recording: Recording, sample: Sample) -> list[FieldCheck]:
    name, row = sample.id, sample.row
    match sample.kind:
        case "liq_case":
            return fills.check_liquidation_case(name, row)
        case "leverage_reply":
            is_old = row["symbol"] == OLD_SYMBOL
            table = recording.old_table if is_old else ()
            return fills.check_leverage_reply(name, row, table, "brackets of 2021")
        case "bracket_rows":
            return fills.check_brackets(name, printed_table(sample))
        case "order_bids":
            return fills.check_order_notional(name, row)
        case "fill_realized" if "cumQuote" in row:
            return fills.check_order_sum(name, row)
    return [*_check_money(sample), *_check_chains(recording, sample)]


def _check_money(sample: Sample) -> list[FieldCheck]:
    name, row = sample.id, sample.row
    found = fills.check_commission(name, row)
    if name not in CLOSE_PAIR:
        found += fills.check_realized(name, row)
    found += fills.check_break_even(name, row, sample.vintage)
    found += fills.check_wallets(name, row)
    if sample.kind in ("order_trade_update", "account_update_funding"):
        found += fills.check_stream_rest(name, row)
    if sample.kind == "account_update_funding":
        why = "the mark at the settlement is not printed"
        found.append(not_checkable(name, "fundingPayment", str(row["bc"]), why))
    return found


def _check_chains(recording: Recording, sample: Sample) -> list[FieldCheck]:
    """Rows that only another row makes checkable."""
    name, row, samples = sample.id, sample.row, recording.samples
    for before, after in FUNDING_CHAINS:
        if name == after:
            return fills.check_flow(name, samples[before].row, row)
    if name == OPEN_CLOSE[1]:
        return fills.check_flow(name, samples[OPEN_CLOSE[0]].row, row, fees_of=row)
    if name == CLOSE_PAIR[1]:
        return fills.check_two_closes(CLOSE_PAIR, [samples[each].row for each in CLOSE_PAIR])
    if name == "o_aapl_open":
        return fills.check_open_isolated(name, row, AAPL_MARKS)
    if name == "o_aapl_close":
        return fills.check_close_wallet(name, row)
    if sample.kind == "transfer_frame":
        why = "the balance before is not printed"
        return [not_checkable(name, "walletBalance", str(row["wb"]), why)]
    return []


def families(samples: Sequence[Sample]) -> dict[str, int]:
    """Rows by kind, in the order of the files."""
    found: dict[str, int] = {}
    for sample in samples:
        found[sample.kind] = found.get(sample.kind, 0) + 1
    return found
