"""``POST /markForm``: how the mark of a contract is made."""

from perpbox.engine.commands import SetMarkForm
from perpbox.engine.events import Rejected
from perpbox.engine.types import MarkForm
from perpbox.lab.body import Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.refusals import known_symbol, refused
from perpbox.money import plain


def post_mark_form(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Make the mark from here as the median, from the basis alone, or from the last price."""
    symbol = known_symbol(desk, fields.text("symbol"))
    named = fields.text("form")
    forms = {form.value: form for form in MarkForm}
    if named not in forms:
        invalid("form", " or ".join(forms), named)
    for event in desk.submit(SetMarkForm(symbol, forms[named])):
        if isinstance(event, Rejected):
            raise refused(event)
    market = desk.state.markets[symbol]
    return {"symbol": symbol, "form": market.mark_form.value, "mark": plain(market.mark)}
