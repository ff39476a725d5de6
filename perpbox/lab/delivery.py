"""``POST /delivery``: when a contract ends."""

from perpbox.engine.commands import ScheduleDelivery
from perpbox.engine.events import Rejected
from perpbox.lab.body import Fields
from perpbox.lab.desk import LabDesk
from perpbox.lab.refusals import known_symbol, refused
from perpbox.wire.market.listing import listed_row


def post_delivery(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Set the date at which a contract's positions are settled: a delisting, or a delivery."""
    symbol = known_symbol(desk, fields.text("symbol"))
    for event in desk.submit(ScheduleDelivery(symbol, fields.time_ms("at"))):
        if isinstance(event, Rejected):
            raise refused(event)
    row = listed_row(desk.catalogue, desk.state.markets[symbol])
    return {"symbol": symbol, "deliveryDate": row["deliveryDate"], "status": row["status"]}
