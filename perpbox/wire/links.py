"""Which answers feed which requests: the links of the OpenAPI document."""

from typing import Final, NamedTuple

SYMBOL: Final = {"symbol": "/symbol"}
ORDER: Final = SYMBOL | {"orderId": "/orderId"}
NAMED: Final = SYMBOL | {"origClientOrderId": "/clientOrderId"}
CHANGED: Final = {"side": "/side", "quantity": "/origQty", "price": "/price"}
ALGO: Final = {"algoId": "/algoId"}
NAMED_ALGO: Final = {"clientAlgoId": "/clientAlgoId"}
FIRST: Final = {"symbol": "/0/symbol", "orderId": "/0/orderId"}
FIRST_ALGO: Final = {"algoId": "/0/algoId"}

LOOK: Final = "GET /fapi/v1/order"
CANCEL: Final = "DELETE /fapi/v1/order"
LOOK_ALGO: Final = "GET /fapi/v1/algoOrder"
CANCEL_ALGO: Final = "DELETE /fapi/v1/algoOrder"
QUOTE: Final = "POST /fapi/v1/convert/getQuote"
ACCEPT: Final = "POST /fapi/v1/convert/acceptQuote"
CONVERTED: Final = "GET /fapi/v1/convert/orderStatus"


class Link(NamedTuple):
    """One answer that feeds one request: the request's parameters by places in the answer.

    ``source`` and ``target`` are names of rows, places are JSON pointers.
    """

    source: str
    target: str
    places: dict[str, str]


def _order(source: str) -> tuple[Link, ...]:
    """What can be done with an order by its ids."""
    return (
        Link(source, LOOK, ORDER),
        Link(source, LOOK, NAMED),
        Link(source, "GET /fapi/v1/openOrder", ORDER),
        Link(source, "GET /fapi/v1/allOrders", ORDER),
        Link(source, "GET /fapi/v1/userTrades", ORDER),
        Link(source, "GET /fapi/v1/orderAmendment", ORDER),
        Link(source, "PUT /fapi/v1/order", ORDER | CHANGED),
        Link(source, CANCEL, ORDER),
        Link(source, CANCEL, NAMED),
    )


def _file(kind: str) -> Link:
    path = f"GET /fapi/v1/{kind}/asyn"
    return Link(path, f"{path}/id", {"downloadId": "/downloadId"})


LINKS: Final = (
    *_order("POST /fapi/v1/order"),
    *_order("PUT /fapi/v1/order"),
    Link(CANCEL, LOOK, ORDER),
    Link("POST /fapi/v1/batchOrders", LOOK, FIRST),
    Link("POST /fapi/v1/batchOrders", CANCEL, FIRST),
    Link("GET /fapi/v1/openOrders", CANCEL, FIRST),
    Link("GET /fapi/v1/allOrders", LOOK, FIRST),
    Link("GET /fapi/v1/userTrades", LOOK, FIRST),
    Link("POST /fapi/v1/algoOrder", LOOK_ALGO, ALGO),
    Link("POST /fapi/v1/algoOrder", LOOK_ALGO, NAMED_ALGO),
    Link("POST /fapi/v1/algoOrder", "GET /fapi/v1/allAlgoOrders", SYMBOL | ALGO),
    Link("POST /fapi/v1/algoOrder", CANCEL_ALGO, ALGO),
    Link("POST /fapi/v1/algoOrder", CANCEL_ALGO, NAMED_ALGO),
    Link("GET /fapi/v1/openAlgoOrders", CANCEL_ALGO, FIRST_ALGO),
    Link("POST /fapi/v1/listenKey", "PUT /fapi/v1/listenKey", {}),
    Link("POST /fapi/v1/listenKey", "DELETE /fapi/v1/listenKey", {}),
    Link(QUOTE, ACCEPT, {"quoteId": "/quoteId"}),
    Link(QUOTE, CONVERTED, {"quoteId": "/quoteId"}),
    Link(ACCEPT, CONVERTED, {"orderId": "/orderId"}),
    _file("order"),
    _file("trade"),
    _file("income"),
)  # fmt: skip
"""Every link, sources together. The listen key's own requests name no key: the account has one."""


def links_of(source: str) -> dict[str, dict[str, object]]:
    """The links of a row's answer, as the document has them; by names of their own."""
    found: dict[str, dict[str, object]] = {}
    for link in LINKS:
        if link.source == source:
            by = [name for name in link.places if name.endswith("Id")]
            name = " by ".join([link.target.replace("/fapi/v1/", ""), *by])
            found[name] = {
                "operationId": operation_id(link.target),
                "parameters": {
                    param: f"$response.body#{place}" for param, place in link.places.items()
                },
            }
    return found


def operation_id(name: str) -> str:
    """Method and path as one word, without the prefix that most paths share."""
    return name.lower().replace(" /fapi/", "_").replace(" /", "_").replace("/", "_")
