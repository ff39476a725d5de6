"""How each client is pointed at a box: base URL and key, nothing else."""

from typing import Any

import ccxt

from perpbox.lab.wishes import OpenedAccount


def ccxt_client(url: str, account: OpenedAccount, **more: Any) -> ccxt.binanceusdm:
    """ccxt, unmodified."""
    return ccxt.binanceusdm({**ccxt_options(url, account), **more})


def ccxt_options(url: str, account: OpenedAccount) -> dict[str, Any]:
    """What the constructor is told.

    ccxt picks its table of futures errors by the venue's own address, so the constructor is
    handed that table as the common one.
    """
    futures = ccxt.binanceusdm().exceptions
    api = {
        "fapiPublic": f"{url}/fapi/v1",
        "fapiPublicV2": f"{url}/fapi/v2",
        "fapiPublicV3": f"{url}/fapi/v3",
        "fapiPrivate": f"{url}/fapi/v1",
        "fapiPrivateV2": f"{url}/fapi/v2",
        "fapiPrivateV3": f"{url}/fapi/v3",
        "fapiData": f"{url}/futures/data",
    }
    return {
        "apiKey": account.key,
        "secret": account.secret,
        "urls": {"api": api},
        "options": {
            "fetchCurrencies": False,
            "fetchMarkets": {"types": ["linear"]},
            "fetchMargins": False,
        },
        "exceptions": {
            "exact": {**futures["exact"], **futures["linear"]["exact"]},
        },
    }
