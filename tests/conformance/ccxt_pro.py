"""ccxt.pro, unmodified, pointed at a box."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import ccxt.pro

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.conformance.clients import ccxt_options
from tests.conformance.waiting import SESSION_S

UNIFIED = "BTC/USDT:USDT"
T = TypeVar("T")
Client = Any
"""ccxt makes its methods at run time."""


def run(box: Box, trader: OpenedAccount, work: Callable[[Client], Awaitable[T]]) -> T:
    """Do it with a client of the account, within bounded time, and close the client."""

    async def session() -> T:
        options = ccxt_options(box.url, trader)
        options["urls"]["api"]["ws"] = {
            "linear": f"{box.ws_url}/ws",
            "ws-api": {"linear": f"{box.ws_url}/ws-fapi/v1"},
        }
        client = ccxt.pro.binanceusdm(options)
        try:
            async with asyncio.timeout(SESSION_S):
                await client.load_markets()
                return await work(client)
        finally:
            await client.close()

    return asyncio.run(session())
