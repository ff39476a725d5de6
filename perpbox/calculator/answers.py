"""Saved answers of the real venue: a folder of JSON files, each known by its shape.

File names mean nothing. An empty list is an answer too, but says nothing of what it answers.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec

from perpbox.calculator import fields
from perpbox.calculator.errors import AccountFileError

FILES_MAX: Final = 200
FILE_BYTES_MAX: Final = 50_000_000
"""Largest answer; an exchange information of all contracts has about 2 MB."""
ROWS_MAX: Final = 100_000

Row = Mapping[str, object]


class Kind(Enum):
    """Which answer a file is."""

    RISK_V2 = "positionRisk v2"
    RISK_V3 = "positionRisk v3"
    ACCOUNT_V2 = "account v2"
    ACCOUNT_V3 = "account v3"
    BALANCE = "balance"
    SYMBOL_CONFIG = "symbolConfig"
    EXCHANGE_INFO = "exchangeInfo"
    BRACKETS = "leverageBracket"
    PREMIUM_INDEX = "premiumIndex"
    OPEN_ORDERS = "openOrders"
    ASSET_INDEX = "assetIndex"
    LAST_PRICE = "ticker/price"


CHECKED: Final = (Kind.RISK_V2, Kind.RISK_V3, Kind.ACCOUNT_V2, Kind.ACCOUNT_V3)
"""Answers whose fields are recomputed; the others give inputs."""
WANTED: Final = "positionRisk (v2 or v3) or account (v2 or v3)"


class AnswersError(ValueError):
    """The folder cannot be used; the text names the file and what to change."""


class Answer(msgspec.Struct, frozen=True):
    """One file: its name, what it is, and its rows (of an account: its positions)."""

    file: str
    kind: Kind
    body: Row
    """The object itself, or ``rows`` of a list."""
    rows: Sequence[Row]

    @property
    def title(self) -> str:
        """How a message calls it."""
        return f"{self.file} ({self.kind.value})"


class Answers(msgspec.Struct, frozen=True):
    """All files of a folder; ``notes`` tell what was left aside."""

    files: Sequence[Answer]
    notes: Sequence[str]

    def of(self, *kinds: Kind) -> list[Answer]:
        """The answers of these kinds, in the order of the kinds."""
        return [each for kind in kinds for each in self.files if each.kind is kind]


def read_answers(folder: Path) -> Answers:
    """Read every file of a folder.

    Raises:
        AnswersError: no folder, a file that is no JSON, or nothing that can be checked.
    """
    if not folder.is_dir():
        raise AnswersError(f"{folder} is no folder; give the one that holds the saved answers")
    try:
        paths = sorted(path for path in folder.iterdir() if _is_answer_file(path))
    except OSError as problem:
        raise AnswersError(f"{folder}: {problem.strerror}") from None
    if len(paths) > FILES_MAX:
        raise AnswersError(f"{folder} holds {len(paths)} files; {FILES_MAX} at most")
    found: list[Answer] = []
    notes: list[str] = []
    for path in paths:
        answer = _read(path)
        if isinstance(answer, str):
            notes.append(answer)
        else:
            found.append(answer)
    if not any(each.kind in CHECKED for each in found):
        seen = ", ".join(each.title for each in found) or "nothing of use"
        lack = f"{folder} holds {seen}, but no answer of {WANTED}; save one there"
        raise AnswersError("; ".join([lack, *notes]))
    return Answers(found, notes)


def _is_answer_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _read(path: Path) -> Answer | str:
    """The answer in a file, or why it is left aside."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise AnswersError(f"{path.name} is larger than {FILE_BYTES_MAX} bytes")
        value = fields.read_json(path.read_bytes())
    except OSError as problem:
        raise AnswersError(f"{path.name}: {problem.strerror}") from None
    except AccountFileError as problem:
        if path.suffix.lower() != ".json":
            return f"{path.name} is left aside: {problem.problem}"
        raise AnswersError(f"{path.name}: {problem.problem}") from None
    return shaped(path.name, value)


def shaped(name: str, value: object) -> Answer | str:
    """Know an answer by its shape; else why it is left aside."""
    if isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict)]
        if not value:
            return f"{name} is an empty list; nothing tells what it answers"
        if len(rows) != len(value) or len(rows) > ROWS_MAX:
            return f"{name} is left aside: a list of something else than rows"
        kind = _row_kind(rows[0])
        return _unknown(name) if kind is None else Answer(name, kind, {}, rows)
    if not isinstance(value, dict):
        return _unknown(name)
    if "code" in value and "msg" in value:
        return f"{name} is left aside: a refusal of the exchange, {value['code']} {value['msg']}"
    if isinstance(value.get("positions"), list) and isinstance(value.get("assets"), list):
        kind = Kind.ACCOUNT_V2 if "canTrade" in value or "feeTier" in value else Kind.ACCOUNT_V3
        rows = [row for row in value["positions"] if isinstance(row, dict)]
        return Answer(name, kind, value, rows)
    if isinstance(value.get("symbols"), list):
        rows = [row for row in value["symbols"] if isinstance(row, dict)]
        return Answer(name, Kind.EXCHANGE_INFO, value, rows)
    kind = _row_kind(value)
    return _unknown(name) if kind is None else Answer(name, kind, {}, [value])


def _unknown(name: str) -> str:
    return f"{name} is left aside: no shape that is known"


def _has(*names: str) -> Callable[[Row], bool]:
    return lambda row: all(name in row for name in names)


_SHAPES: Final[Sequence[tuple[Kind, Callable[[Row], bool]]]] = (
    (Kind.RISK_V3, _has("symbol", "positionAmt", "markPrice", "positionInitialMargin")),
    (Kind.RISK_V3, _has("symbol", "positionAmt", "markPrice", "bidNotional")),
    (Kind.RISK_V2, _has("symbol", "positionAmt", "markPrice")),
    (Kind.BALANCE, _has("asset", "balance", "crossWalletBalance")),
    (Kind.OPEN_ORDERS, _has("symbol", "orderId", "side", "origQty")),
    (Kind.BRACKETS, _has("symbol", "brackets")),
    (Kind.ASSET_INDEX, _has("symbol", "bidRate", "askRate")),
    (Kind.PREMIUM_INDEX, _has("symbol", "markPrice", "indexPrice")),
    (Kind.SYMBOL_CONFIG, _has("symbol", "marginType", "leverage")),
    (Kind.LAST_PRICE, _has("symbol", "price")),
)


def _row_kind(row: Row) -> Kind | None:
    return next((kind for kind, fits in _SHAPES if fits(row)), None)
