"""A row of the route table: one endpoint, everything that is said about it."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, Protocol, TypeAlias

from perpbox.engine.state import Account
from perpbox.wire.desk import Desk
from perpbox.wire.params import Param, Params, ParamTable

Answer: TypeAlias = Callable[[Desk, Account, Params], bytes]
"""(desk, account, parameters) -> JSON body; routes without a key get an account of nobody."""


class Security(Enum):
    """Who may call: value is (needs the key header, needs timestamp and signature)."""

    NONE = ("NONE", False, False)
    MARKET_DATA = ("MARKET_DATA", True, False)
    USER_STREAM = ("USER_STREAM", True, False)
    TRADE = ("TRADE", True, True)
    USER_DATA = ("USER_DATA", True, True)

    @property
    def is_keyed(self) -> bool:
        """Needs a known API key."""
        return self.value[1]

    @property
    def is_signed(self) -> bool:
        """Needs timestamp and signature as well."""
        return self.value[2]


class Fixed:
    """The same weight for every call."""

    def __init__(self, weight: int) -> None:
        self.weight = weight

    def of(self, values: Mapping[str, str]) -> int:  # noqa: ARG002
        """The weight."""
        return self.weight

    def words(self) -> str:
        """The rule in words, for the documents."""
        return str(self.weight)


class BySymbol:
    """Cheap for one symbol, dear for all."""

    def __init__(self, one: int, every: int) -> None:
        self.one = one
        self.every = every

    def of(self, values: Mapping[str, str]) -> int:
        """The weight of these parameters."""
        return self.one if values.get("symbol") else self.every

    def words(self) -> str:
        """The rule in words, for the documents."""
        return f"{self.one} with symbol, {self.every} without"


class ByLimit:
    """Bands by ``limit``, each up to and including a value; absent has a weight of its own."""

    def __init__(self, absent: int, *bands: tuple[int, int], above: int) -> None:
        self.absent = absent
        self.bands = bands
        self.above = above

    def of(self, values: Mapping[str, str]) -> int:
        """The weight of these parameters; a limit that is no number costs as an absent one."""
        text = values.get("limit", "")
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            return self.absent
        limit = int(text)
        for highest, weight in self.bands:
            if limit <= highest:
                return weight
        return self.above

    def words(self) -> str:
        """The rule in words, for the documents."""
        bands = ", ".join(f"{weight} up to {highest}" for highest, weight in self.bands)
        return f"by limit: {bands}, {self.above} above, {self.absent} when absent"


Weight: TypeAlias = Fixed | BySymbol | ByLimit


class Bucket(Enum):
    """Which counter of the address a call adds to."""

    WEIGHT = "weight"
    FUNDING = "funding"
    QUOTES = "quotes"
    """Weight like any other, and a count of the account's on top."""
    STATISTICS = "statistics"
    ORDER_FILES = "order"
    TRADE_FILES = "trade"
    INCOME_FILES = "income"
    """Weight like any other, and a count of the account's files of this kind on top."""


FILE_BUCKETS: Final = (Bucket.ORDER_FILES, Bucket.TRADE_FILES, Bucket.INCOME_FILES)


class Terms(Protocol):
    """What a call is checked and counted by: a row of the route table, or a method beside it."""

    @property
    def security(self) -> Security:
        """Who may call."""
        ...

    @property
    def weight(self) -> Weight:
        """What a call costs its address."""
        ...

    @property
    def bucket(self) -> Bucket:
        """Which counter of the address it adds to."""
        ...

    @property
    def orders(self) -> tuple[int, int] | None:
        """(ten seconds, one minute) of the order limits, if it counts."""
        ...

    @property
    def table(self) -> ParamTable:
        """Its parameters."""
        ...


class Route:
    """One endpoint. ``orders`` is (ten seconds, one minute) of the order limits, if it counts."""

    __slots__ = (
        "answer",
        "bucket",
        "group",
        "method",
        "orders",
        "path",
        "security",
        "summary",
        "table",
        "weight",
    )

    def __init__(
        self,
        method: str,
        path: str,
        security: Security,
        weight: int | Weight,
        params: ParamTable | tuple[Param, ...],
        answer: Answer,
        summary: str,
        *,
        group: str,
        orders: tuple[int, int] | None = None,
        bucket: Bucket = Bucket.WEIGHT,
    ) -> None:
        self.method = method
        self.path = path
        self.security = security
        self.weight: Weight = Fixed(weight) if isinstance(weight, int) else weight
        self.table = params if isinstance(params, ParamTable) else ParamTable(params)
        self.answer = answer
        self.summary = summary
        self.group = group
        self.orders = orders
        self.bucket = bucket

    @property
    def name(self) -> str:
        """Method and path, the name of the row."""
        return f"{self.method} {self.path}"
