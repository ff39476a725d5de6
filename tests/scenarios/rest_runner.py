"""Scenarios over REST: what a client asks, and the fields that it reads in the answer.

A file opens with ``# RULE-000 What happens.`` Then one command a line:

    account alice 10000 [hedge]                         open an account with USDT
    price BTCUSDT 60000                                 index, mark and last; depth lies around it
    advance 8h                                          every deadline on the way
    alice POST /fapi/v1/order symbol=BTCUSDT … : status price     a signed call; read two fields
    anyone GET /fapi/v1/depth symbol=BTCUSDT : bids.0   a call without a key; a path into a field

Behind each call stands what came out: ``> status NEW, price 59000.00``, a line for each row of a
list (the first few of it), ``> ok`` where nothing is read, ``> refused 400 -2019 Margin is
insufficient.`` A value may be ``$field``: what an answer last had in the field of that name.

``python -m tests.scenarios.rest_runner --update [FILE …]`` writes what came out; a person reads the
difference before it is kept.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import orjson

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from perpbox.wire.auth import Hmac
from perpbox.wire.coverage import METHODS, SCENARIO_SUFFIX
from tests.scenarios.runner import UNITS_MS, NotUnderstood

FOLDER: Final = Path(__file__).parent / "rest"
SYMBOLS: Final = ("BTCUSDT", "ETHUSDT")
ROWS_SHOWN_MAX: Final = 4
ANYONE: Final = "anyone"


class RestScenario:
    """A frozen box without a market of its own, and the accounts of one scenario."""

    _box: Box

    def __init__(self) -> None:
        self._box = Box(
            market="none",
            clock="frozen",
            symbols=SYMBOLS,
            rate_limits="off",
            wall_ms=self._now_ms,
        )
        self._accounts: dict[str, OpenedAccount] = {}
        self._remembered: dict[str, object] = {}

    def play(self, line: str) -> list[str]:
        """What comes out of a line.

        Raises:
            NotUnderstood: the line is not of the language.
        """
        asked, _, read = line.partition(" : ")
        match asked.split():
            case ["account", name, usdt, *more] if set(more) <= {"hedge"}:
                self._accounts[name] = self._box.account(usdt, hedge="hedge" in more)
            case ["price", symbol, price]:
                self._box.set_price(symbol, price)
            case ["advance", span] if span[-1:] in UNITS_MS and span[:-1].isdecimal():
                self._box.advance(ms=int(span[:-1]) * UNITS_MS[span[-1]])
            case [who, method, path, *params] if method in METHODS:
                return list(self._call(who, method, path, params, read.split()))
            case _:
                raise NotUnderstood(line)
        return []

    def _now_ms(self) -> int:
        """The box's clock in the place of this machine's, on which nothing may depend."""
        return self._box.desk.now_ms()

    def _call(
        self, who: str, method: str, path: str, params: list[str], read: list[str]
    ) -> Iterator[str]:
        query = "&".join(self._parameter(each) for each in params).encode()
        headers: dict[bytes, bytes] = {}
        if who != ANYONE:
            account = self._account(who)
            headers[b"x-mbx-apikey"] = account.key.encode()
            query += b"&timestamp=%d" % self._now_ms()
            query = query.removeprefix(b"&")
            query += b"&signature=" + Hmac(account.secret.encode()).sign(query)
        status, _, body = self._box.handle(method, path, query, headers)
        answer = orjson.loads(body)
        if status != 200:
            yield f"refused {status} {answer['code']} {answer['msg']}"
            return
        rows = answer if isinstance(answer, list) else [answer]
        for row in rows:
            if isinstance(row, dict):
                self._remembered |= row
        if not read:
            yield "ok" if rows else "nothing"
            return
        for row in rows[:ROWS_SHOWN_MAX]:
            yield ", ".join(f"{name} {_shown(_field(row, name))}" for name in read)
        if len(rows) > ROWS_SHOWN_MAX:
            yield f"and {len(rows) - ROWS_SHOWN_MAX} more"
        elif not rows:
            yield "nothing"

    def _parameter(self, text: str) -> str:
        name, is_given, value = text.partition("=")
        if not is_given:
            raise NotUnderstood(text)
        if value.startswith("$"):
            value = str(self._remembered[value[1:]])
        return f"{name}={quote(value, safe='')}"

    def _account(self, name: str) -> OpenedAccount:
        if name not in self._accounts:
            raise NotUnderstood(f"there is no {name}")
        return self._accounts[name]


def _field(row: Any, path: str) -> object:
    for part in path.split("."):
        row = row[int(part)] if isinstance(row, list) else row[part]
    return row


def _shown(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def replay(text: str) -> str:
    """The scenario with what came out of it."""
    scenario = RestScenario()
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("> "):
            continue
        lines.append(line)
        if line and not line.startswith("#"):
            lines += (f"> {told}" for told in scenario.play(line))
    return "\n".join(lines) + "\n"


def files() -> list[Path]:
    """Every scenario over REST."""
    return sorted(FOLDER.glob(f"*{SCENARIO_SUFFIX}"))


def main(arguments: list[str]) -> int:
    """Show or write what comes out."""
    update = "--update" in arguments
    named = [Path(argument) for argument in arguments if argument != "--update"]
    for path in named or files():
        told = replay(path.read_text("utf-8"))
        if update:
            path.write_text(told, "utf-8")
        else:
            sys.stdout.write(told)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
