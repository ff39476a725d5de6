"""Batches: one parameter holds several requests, each answered in its place."""

from collections.abc import Callable, Mapping

from perpbox.engine.state import Account
from perpbox.wire.answers.common import dumps
from perpbox.wire.desk import Desk
from perpbox.wire.errors import WireError, invalid
from perpbox.wire.params import Params, ParamTable
from perpbox.wire.render_orders import Row

BATCH = "batchOrders"


def _texts(element: object) -> Mapping[str, str]:
    """The fields of an element by lower-case name, as texts.

    Raises:
        WireError: -1130 when the element is not an object of plain values.
    """
    if not isinstance(element, dict):
        raise invalid(BATCH.lower())
    texts: dict[str, str] = {}
    for name, value in element.items():
        if value is None:
            continue
        if isinstance(value, bool):
            texts[name.lower()] = "true" if value else "false"
        elif isinstance(value, str):
            texts[name.lower()] = value
        else:
            raise invalid(BATCH.lower())
    return texts


def element_answers(
    desk: Desk,
    account: Account,
    params: Params,
    table: ParamTable,
    answer: Callable[[Desk, Account, Params], Row],
) -> bytes:
    """Answer each element by the rules of the single request; the list is always HTTP 200."""
    rows: list[Row] = []
    for element in params.elements(BATCH):
        try:
            rows.append(answer(desk, account, table.read(_texts(element), desk.state.markets)))
        except WireError as error:
            rows.append({"code": error.code, "msg": error.msg})
    return dumps(rows)
