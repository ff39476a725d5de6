"""Kill a box in the middle of its work, start it again, and hold it to every word it said."""

import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.crash.clients import BTC, Listener, Rest, Told, Trader, pages

CLIENTS = 8
LOAD_S_MAX = 0.8
START_S_MAX = 60
RANKS = {"NEW": 0, "PARTIALLY_FILLED": 1, "FILLED": 2, "CANCELED": 2, "EXPIRED_IN_MATCH": 2}
FIXED = ("--port", "0", "--market", "none", "--symbols", BTC, "--rate-limits", "off")
COMMAND = (sys.executable, "-m", "perpbox", "serve", *FIXED)


@dataclass
class Round:
    """What came of one killing, for the report."""

    orders: int
    events: int
    recovered: str


@dataclass
class Killing:
    """One box over many lives."""

    data: Path
    seed: int
    flags: tuple[str, ...] = ()
    accounts: list[dict[str, Any]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)

    def start(self) -> tuple["subprocess.Popen[str]", int, str]:
        process = subprocess.Popen(
            (*COMMAND, "--data", str(self.data), *self.flags),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        banner = ""
        for line in process.stdout:
            banner += line
            if line.startswith("  secret"):
                break
        port = re.search(r"http://[^:]+:(\d+)", banner)
        assert port is not None, banner
        return process, int(port[1]), banner

    def run(self, rounds: int) -> None:
        chance = Random(self.seed)
        process, port, _ = self.start()
        try:
            self._prepare(port)
            for number in range(rounds):
                traders = [
                    Trader(port, account, told, chance.getrandbits(32), ws=client % 2 == 1)
                    for client, (account, told) in enumerate(
                        zip(self.accounts, self.told, strict=True)
                    )
                ]
                listeners = [
                    Listener(port, account, told)
                    for account, told in zip(self.accounts, self.told, strict=True)
                ]
                for listener in listeners:
                    listener.start()
                    assert listener.listens.wait(START_S_MAX)
                for trader in traders:
                    trader.start()
                time.sleep(LOAD_S_MAX * (0.2 + 0.8 * chance.random()))
                process.send_signal(signal.SIGKILL)
                process.communicate()
                for thread in (*traders, *listeners):
                    thread.join(START_S_MAX)
                    assert not thread.is_alive(), f"round {number}: a client hangs"
                for trader in traders:
                    assert trader.failure is None, f"round {number}: {trader.failure!r}"
                process, port, banner = self.start()
                recovered = " ".join(
                    line.split(maxsplit=1)[1]
                    for line in banner.splitlines()
                    if line.startswith("  recovered")
                )
                self._check(port, f"seed {self.seed}, round {number}")
                self.rounds.append(
                    Round(
                        sum(len(told.orders) for told in self.told),
                        sum(len(told.events) for told in self.told),
                        recovered,
                    )
                )
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def _prepare(self, port: int) -> None:
        with Rest(port) as lab:
            self._open(lab)

    def _open(self, lab: Rest) -> None:
        for _ in range(CLIENTS):
            wallets = {"wallets": {"USDT": "90000"}}
            status, account = lab.call("POST", "/perpbox/v1/accounts", wallets)
            assert status == 200, account
            self.accounts.append(account)
            self.told.append(Told())
        body = {"symbol": BTC, "index": "60000", "mark": "60000", "last": "60000"}
        assert lab.call("POST", "/perpbox/v1/prices", body)[0] == 200
        depth = {"symbol": BTC, "bids": [["50000", "1"]], "asks": [["70000", "1"]]}
        assert lab.call("POST", "/perpbox/v1/depth", depth)[0] == 200

    def _check(self, port: int, where: str) -> None:
        ids: list[int] = []
        for account, told in zip(self.accounts, self.told, strict=True):
            with Rest(port, account["key"], account["secret"]) as client:
                ids += self._check_account(client, told, where)
        assert sorted(ids) == list(range(1, len(ids) + 1)), f"{where}: order ids have gaps"
        with Rest(port) as lab:
            status, state = lab.call("GET", "/perpbox/v1/state")
        assert status == 200
        assert state["ledgerSum"] == "0", where

    def _check_account(self, client: Rest, told: Told, where: str) -> list[int]:
        """Check one account, and give the ids of its orders."""
        rows = list(pages(client, "/fapi/v1/allOrders", "orderId"))
        fills = list(pages(client, "/fapi/v1/userTrades", "fromId"))
        by_name = {row["clientOrderId"]: row for row in rows}
        assert len(by_name) == len(rows), f"{where}: an order is there twice"
        self._check_orders(told, by_name, where)
        self._check_fills(rows, fills, where)
        self._check_events(told, by_name, fills, where)
        self._check_transfers(client, told, where)
        return [row["orderId"] for row in rows]

    @staticmethod
    def _check_orders(told: Told, rows: dict[str, Any], where: str) -> None:
        for name, answer in told.orders.items():
            row = rows.get(name)
            assert row is not None, f"{where}: order {name} was answered and is gone"
            assert row["orderId"] == answer["orderId"], where
            assert RANKS[row["status"]] >= RANKS[answer["status"]], f"{where}: {answer} {row}"
            assert float(row["executedQty"]) >= float(answer["executedQty"]), where
            told.orders[name] = row
        for name in told.canceled:
            assert rows[name]["status"] == "CANCELED", f"{where}: {name} was canceled"
        for name in rows.keys() - told.orders.keys():
            assert name in told.unsure, f"{where}: nobody sent {name}"

    @staticmethod
    def _check_fills(rows: list[dict[str, Any]], fills: list[dict[str, Any]], where: str) -> None:
        filled: dict[int, float] = {}
        for fill in fills:
            filled[fill["orderId"]] = filled.get(fill["orderId"], 0) + float(fill["qty"])
        for row in rows:
            executed = float(row["executedQty"])
            assert abs(filled.get(row["orderId"], 0) - executed) < 1e-9, f"{where}: half a fill"

    @staticmethod
    def _check_events(
        told: Told, rows: dict[str, Any], fills: list[dict[str, Any]], where: str
    ) -> None:
        trades = {fill["id"] for fill in fills}
        for event in told.events:
            if event["e"] != "ORDER_TRADE_UPDATE":
                continue
            order = event["o"]
            row = rows.get(order["c"])
            assert row is not None, f"{where}: {order['c']} was pushed and is gone"
            assert RANKS[row["status"]] >= RANKS[order["X"]], f"{where}: {order} {row}"
            assert not order["t"] or order["t"] in trades, f"{where}: a fill was pushed and is gone"

    @staticmethod
    def _check_transfers(client: Rest, told: Told, where: str) -> None:
        there: list[str] = []
        page = 1
        while True:
            status, rows = client.signed(
                "GET", "/fapi/v1/income", incomeType="TRANSFER", limit=1000, page=page
            )
            assert status == 200, rows
            there += [row["income"] for row in rows]
            if len(rows) < 1000:
                break
            page += 1
        amounts = {f"{float(amount):.8f}" for amount in there}
        for amount in told.transfers:
            assert amount in amounts, f"{where}: a transfer of {amount} was answered and is gone"
        unasked = amounts - told.transfers - told.unsure - {"90000.00000000"}
        assert not unasked, f"{where}: nobody sent {unasked}"
