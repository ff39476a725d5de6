"""Routes that convert one asset into another."""

from typing import Final

from perpbox.wire.answers import convert
from perpbox.wire.kinds import Choice, Decimal, Text, Whole
from perpbox.wire.params import Param
from perpbox.wire.route import Bucket, Route, Security

USER_DATA: Final = Security.USER_DATA
GROUP: Final = "convert"
ASSET: Final = Text(20)

ROUTES: Final = (
    Route(
        "GET",
        "/fapi/v1/convert/exchangeInfo",
        Security.NONE,
        20,
        (Param("fromAsset", ASSET), Param("toAsset", ASSET)),
        convert.convert_pairs,
        "Pairs of assets that can be converted",
        group=GROUP,
    ),
    Route(
        "POST",
        "/fapi/v1/convert/getQuote",
        USER_DATA,
        50,
        (
            Param("fromAsset", ASSET, mandatory=True),
            Param("toAsset", ASSET, mandatory=True),
            Param("fromAmount", Decimal(), note="this or toAmount"),
            Param("toAmount", Decimal(), note="this or fromAmount"),
            Param("validTime", Choice({"10s": "10s"}), default="10s"),
        ),
        convert.convert_quote,
        "Ask for a rate of conversion",
        group=GROUP,
        bucket=Bucket.QUOTES,
    ),
    Route(
        "POST",
        "/fapi/v1/convert/acceptQuote",
        USER_DATA,
        200,
        (Param("quoteId", Whole(), mandatory=True),),
        convert.convert_accept,
        "Convert at a quote",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/convert/orderStatus",
        USER_DATA,
        50,
        (
            Param("orderId", Whole(), note="wins over quoteId"),
            Param("quoteId", Whole(), note="one of the two must be sent"),
        ),
        convert.convert_status,
        "What became of a conversion",
        group=GROUP,
    ),
)
