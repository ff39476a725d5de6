"""Conditional orders that wait, and the children of those that do not any more."""

from collections import deque
from typing import Final

from perpbox.engine.commands import PlaceAlgoOrder
from perpbox.engine.orders import Order
from perpbox.engine.price_watch import PriceWatch
from perpbox.engine.types import AlgoType, OrderType, PositionSide, Side, WorkingType
from perpbox.money import Price

FIRST_ALGO_ID: Final = 1_000_000_000_000_001
"""Far from the ids of orders: clients keep both kinds in one table by symbol and id (ALG-017)."""
LIMIT_KINDS = frozenset((AlgoType.STOP, AlgoType.TAKE_PROFIT))
"""Kinds whose child is a LIMIT order."""
_STOPS = frozenset((AlgoType.STOP, AlgoType.STOP_MARKET))


def child_type(kind: AlgoType) -> OrderType:
    """What a condition enters when it is met."""
    return OrderType.LIMIT if kind in LIMIT_KINDS else OrderType.MARKET


def waits_for_rise(order: PlaceAlgoOrder) -> bool:
    """Whether a price at or above the level meets it; else one at or below.

    The level of a trailing order is its activation price.
    """
    if order.kind in _STOPS:
        return order.side is Side.BUY
    return order.side is Side.SELL


def level_of(order: PlaceAlgoOrder) -> Price:
    """The price that a conditional order waits for."""
    if order.kind is AlgoType.TRAILING_STOP_MARKET:
        return order.activate_price
    return order.trigger_price


class AlgoOrder:
    """A conditional order from its placement to the end of its child."""

    __slots__ = ("algo_id", "child", "held_sign", "is_active", "is_hit", "order", "trigger_ms")

    def __init__(self, algo_id: int, order: PlaceAlgoOrder, held_sign: int) -> None:
        self.algo_id = algo_id
        self.order = order
        self.held_sign = held_sign
        """Direction of the position it was placed on: long 1, short -1, none 0."""
        self.is_active = False
        """Whether a trailing order follows the price already."""
        self.is_hit = False
        """Whether its condition is met and it only waits for its turn."""
        self.trigger_ms = 0
        self.child: Order | None = None


class AlgoDesk:
    """Every conditional order of a box that still matters."""

    __slots__ = ("accounts", "children", "hits", "next_algo_id", "orders", "watches")

    def __init__(self) -> None:
        self.next_algo_id = FIRST_ALGO_ID
        self.orders: dict[int, AlgoOrder] = {}
        """Those that wait, oldest first."""
        self.accounts: dict[int, dict[int, AlgoOrder]] = {}
        """The same by account."""
        self.hits: deque[int] = deque()
        """Those whose condition is met, in the order in which they will be triggered."""
        self.children: dict[int, AlgoOrder] = {}
        """Those that were triggered, by the id of their order while it rests."""
        self.watches: dict[tuple[str, WorkingType], PriceWatch] = {}

    @property
    def is_idle(self) -> bool:
        """Whether nothing that happens can matter here."""
        return not self.orders and not self.children

    def of(self, account_id: int) -> list[AlgoOrder]:
        """Waiting orders of an account, oldest first."""
        return list(self.accounts.get(account_id, {}).values())

    def find(self, account_id: int, algo_id: int, client_algo_id: str) -> AlgoOrder | None:
        """The waiting order of that id, or of that client id when no id is given."""
        own = self.accounts.get(account_id, {})
        if algo_id:
            return own.get(algo_id)
        for algo in own.values():
            if algo.order.client_algo_id == client_algo_id:
                return algo
        return None

    def watch(self, order: PlaceAlgoOrder) -> PriceWatch:
        """The price that an order watches."""
        key = (order.symbol, order.working_type)
        found = self.watches.get(key)
        if found is None:
            found = self.watches[key] = PriceWatch()
        return found

    def open(self, algo: AlgoOrder) -> None:
        """Let an order wait."""
        self.orders[algo.algo_id] = algo
        self.accounts.setdefault(algo.order.account_id, {})[algo.algo_id] = algo

    def close(self, algo: AlgoOrder) -> None:
        """Let an order wait no more; what is left of it in heaps is stale."""
        del self.orders[algo.algo_id]
        own = self.accounts[algo.order.account_id]
        del own[algo.algo_id]
        if not own:
            del self.accounts[algo.order.account_id]
        watch = self.watches[algo.order.symbol, algo.order.working_type]
        watch.clean(self.orders)


def is_bound(algo: AlgoOrder, symbol: str, position_side: PositionSide) -> bool:
    """Whether an order goes away with the position of that leg."""
    order = algo.order
    return (
        order.is_bound_to_position
        and order.symbol == symbol
        and order.position_side is position_side
    )
