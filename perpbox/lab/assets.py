"""``POST /assets``: what a margin asset is worth in US dollars."""

from perpbox.engine.assets import asset_rates
from perpbox.engine.commands import SetAssetIndex
from perpbox.engine.events import Rejected
from perpbox.lab.accounts import known_asset
from perpbox.lab.body import Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.refusals import refused
from perpbox.money import Price, plain

RELEASED = Price(0)


def post_assets(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Hold the dollar index of an asset; ``null`` lets its contract or listing say it again."""
    asset = known_asset(desk, fields.text("asset"))
    for event in desk.submit(SetAssetIndex(asset, _index(fields))):
        if isinstance(event, Rejected):
            raise refused(event)
    rates = asset_rates(desk.state, asset)
    return {
        "asset": asset,
        "index": plain(rates.index),
        "bidRate": plain(rates.bid),
        "askRate": plain(rates.ask),
        "pinned": asset in desk.state.asset_indexes,
    }


def _index(fields: Fields) -> Price:
    if not fields.has("index"):
        raise LabError(LabCode.FIELD_MISSING, "index is missing; null lets it go")
    if fields.is_null("index"):
        return RELEASED
    index = fields.decimal("index")
    return Price(index) if index > 0 else invalid("index", "above 0, or null", plain(index))
