"""Conditional orders and the bounds of a command; conditions and liquidation."""

from perpbox.engine.algo_orders import FIRST_ALGO_ID
from perpbox.engine.commands import CancelAlgoOrder, Rules, SetPrices
from perpbox.engine.events import AlgoChanged, ScopeLiquidated
from perpbox.engine.rejects import Reject
from perpbox.engine.triggers import TRIGGERS_PER_COMMAND_MAX
from perpbox.engine.types import AlgoStatus
from tests.unit.engine.algo_board import MARK, STOP_MARKET, AlgoBoard, changes
from tests.unit.engine.board import BUY, SELL, SYMBOL, price

EACH = 200


def test_what_one_command_cannot_trigger_comes_first_in_the_next() -> None:
    """ALG-014, ALG-015: and cannot be canceled meanwhile."""
    accounts = TRIGGERS_PER_COMMAND_MAX // EACH + 1
    board = AlgoBoard(accounts=accounts).prepare()
    for account in range(1, accounts + 1):
        for _ in range(EACH):
            board.wait(board.algo(SELL, STOP_MARKET, "95", account=account, reduce_only=True))
    events = board.trade("95")
    over = [e for e in events if isinstance(e, AlgoChanged) and e.status is AlgoStatus.REJECTED]
    assert len(over) == TRIGGERS_PER_COMMAND_MAX
    first = FIRST_ALGO_ID
    assert [e.algo_id for e in over] == list(range(first, first + TRIGGERS_PER_COMMAND_MAX))
    assert len(board.waiting) == EACH
    late = board.waiting[0]
    assert board.refused(CancelAlgoOrder(accounts, late, "")) is Reject.ALGO_TRIGGERING
    told = changes(board.depth([("90", "1")], [("110", "1")]))
    assert told[:2] == [(late, "TRIGGERING"), (late, "REJECTED")]
    assert board.waiting == []


def test_what_a_liquidation_prints_meets_conditions_in_the_same_command() -> None:
    """ALG-015: a forced sale takes the price down to another account's stop."""
    board = AlgoBoard(wallet="1000", rules=Rules(liquidates=True)).prepare()
    board.depth([("99", "500")], [("100", "500")])
    board.place(board.order(1, BUY, "150"))
    stop = board.wait(board.algo(SELL, STOP_MARKET, "96", account=2))
    board.depth([("95", "500")], [("100", "500")])
    events = board.send(SetPrices(SYMBOL, price("93.5")))
    kinds = [type(event) for event in events]
    assert ScopeLiquidated in kinds
    assert (stop, "FINISHED") in changes(events)
    assert kinds.index(ScopeLiquidated) < kinds.index(AlgoChanged)


def test_a_stop_comes_before_the_liquidation_it_prevents() -> None:
    """ALG-015: the position is closed by its own stop at the same mark."""
    for has_stop in (True, False):
        board = AlgoBoard(wallet="1000", rules=Rules(liquidates=True)).prepare()
        board.depth([("99", "500")], [("100", "500")])
        board.place(board.order(1, BUY, "150"))
        if has_stop:
            board.wait(board.algo(SELL, STOP_MARKET, "96", close=True, working=MARK))
        events = board.send(SetPrices(SYMBOL, price("93.5")))
        assert (ScopeLiquidated not in [type(event) for event in events]) is has_stop
