"""``POST /preview``: what an order would do."""

from typing import Final

from perpbox.lab.body import Fields
from perpbox.lab.desk import LabDesk
from perpbox.lab.refusals import known_account
from perpbox.wire.order_params import PLACE
from perpbox.wire.preview import PLACE_ALGO, preview

ORDER_FIELDS: Final = tuple(
    dict.fromkeys(
        [*(param.name for table in (PLACE, PLACE_ALGO) for param in table.params), "stopPrice"]
    )
)
"""Parameters of orders, conditional ones too."""


def post_preview(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Enter an order into a fork of the exchange and tell how things stand there."""
    account = known_account(desk, fields)
    return preview(desk, account.account_id, fields.texts(ORDER_FIELDS))
