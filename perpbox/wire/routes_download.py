"""Routes that make files of an account's histories, and tell where they are."""

from typing import Final

from perpbox.wire.answers import downloads
from perpbox.wire.kinds import Whole
from perpbox.wire.params import Param
from perpbox.wire.route import Answer, Bucket, Route, Security

GROUP: Final = "account"
SPAN: Final = (
    Param("startTime", Whole(), mandatory=True, note="ms, inclusive"),
    Param("endTime", Whole(), mandatory=True, note="ms, inclusive; a year after it at most"),
)
DOWNLOAD_ID: Final = Param("downloadId", Whole(), mandatory=True)


def _pair(kind: str, ask: Answer, link: Answer, what: str) -> tuple[Route, Route]:
    path = f"/fapi/v1/{kind}/asyn"
    return (
        Route(
            "GET",
            path,
            Security.USER_DATA,
            1000,
            SPAN,
            ask,
            f"Make a file of {what}",
            group=GROUP,
            bucket=Bucket(kind),
        ),
        Route(
            "GET",
            f"{path}/id",
            Security.USER_DATA,
            10,
            (DOWNLOAD_ID,),
            link,
            f"Where the file of {what} is",
            group=GROUP,
        ),
    )


ROUTES: Final = (
    *_pair("order", downloads.order_download, downloads.order_link, "orders"),
    *_pair("trade", downloads.trade_download, downloads.trade_link, "fills"),
    *_pair("income", downloads.income_download, downloads.income_link, "movements of money"),
)
