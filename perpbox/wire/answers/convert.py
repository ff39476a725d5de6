"""Conversions: pairs, a quote, taking it, and what became of it."""

from perpbox.engine.commands import AcceptQuote, RequestQuote
from perpbox.engine.convert import amount_bounds, convertible_indexes
from perpbox.engine.events import AssetsConverted, QuoteGiven
from perpbox.engine.state import Account
from perpbox.money import Amount, plain
from perpbox.wire.answers.common import dumps, submit
from perpbox.wire.desk import Desk
from perpbox.wire.errors import one_of_two, wire_error
from perpbox.wire.params import Params
from perpbox.wire.render_orders import Row


def _chosen_assets(desk: Desk, asset: str | None) -> list[str]:
    known = list(convertible_indexes(desk.state))
    if asset is None:
        return known
    if asset.upper() not in known:
        raise wire_error(-1108)
    return [asset.upper()]


def convert_pairs(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET convert/exchangeInfo: every asset into every other, with bounds at their indexes."""
    sources = _chosen_assets(desk, params.text_or_none("fromAsset"))
    targets = _chosen_assets(desk, params.text_or_none("toAsset"))
    bounds = {
        asset: tuple(plain(bound) for bound in amount_bounds(index))
        for asset, index in convertible_indexes(desk.state).items()
    }
    return dumps(
        [
            {
                "fromAsset": source,
                "toAsset": target,
                "fromAssetMinAmount": bounds[source][0],
                "fromAssetMaxAmount": bounds[source][1],
                "toAssetMinAmount": bounds[target][0],
                "toAssetMaxAmount": bounds[target][1],
            }
            for source in sources
            for target in targets
            if source != target
        ]
    )


def convert_quote(desk: Desk, account: Account, params: Params) -> bytes:
    """POST convert/getQuote; without the funds there is a rate, but nothing to take."""
    given, got = params.number_or_none("fromAmount"), params.number_or_none("toAmount")
    if given is None and got is None:
        raise one_of_two("fromAmount", "toAmount")
    if given is not None and got is not None:
        raise wire_error(-1128)
    command = RequestQuote(
        account_id=account.account_id,
        from_asset=params.text("fromAsset").upper(),
        to_asset=params.text("toAsset").upper(),
        from_amount=Amount(given or 0),
        to_amount=Amount(got or 0),
    )
    quote = submit(desk, command)[0]
    assert isinstance(quote, QuoteGiven), quote
    row: Row = {"quoteId": str(quote.quote_id)} if quote.quote_id else {}
    row |= {
        "ratio": plain(quote.ratio),
        "inverseRatio": plain(quote.inverse),
        "validTimestamp": quote.good_till_ms,
        "toAmount": plain(quote.to_amount),
        "fromAmount": plain(quote.from_amount),
    }
    return dumps(row)


def convert_accept(desk: Desk, account: Account, params: Params) -> bytes:
    """POST convert/acceptQuote; the money has moved when the answer is there."""
    done = submit(desk, AcceptQuote(account.account_id, params.number("quoteId")))[0]
    assert isinstance(done, AssetsConverted), done
    return dumps(
        {"orderId": str(done.order_id), "createTime": done.at_ms, "orderStatus": "PROCESS"}
    )


def convert_status(desk: Desk, account: Account, params: Params) -> bytes:
    """GET convert/orderStatus; the number of the conversion wins over that of its quote."""
    order_id, quote_id = params.number_or_none("orderId"), params.number_or_none("quoteId")
    if order_id is not None:
        done = desk.views.conversions.by_order(account.account_id, order_id)
    elif quote_id is not None:
        done = desk.views.conversions.by_quote(account.account_id, quote_id)
    else:
        raise one_of_two("orderId", "quoteId")
    if done is None:
        raise wire_error(-2013)
    return dumps(
        {
            "orderId": done.order_id,
            "orderStatus": "SUCCESS",
            "fromAsset": done.from_asset,
            "fromAmount": plain(done.from_amount),
            "toAsset": done.to_asset,
            "toAmount": plain(done.to_amount),
            "ratio": plain(done.ratio),
            "inverseRatio": plain(done.inverse),
            "createTime": done.at_ms,
        }
    )
