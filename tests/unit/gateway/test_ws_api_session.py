"""session.logon, session.status and session.logout, and what a logged-on session may leave out."""

import base64
from typing import Any

import orjson
import pytest

from perpbox.wire.ws_api import METHODS
from tests.unit.gateway.rest_box import KEY, NOW_MS, SECRET
from tests.unit.gateway.ws_api_box import ORDER, WsApiBox, payload
from tests.unit.gateway.ws_api_keys import ED25519_KEY, ED25519_PEM, RSA_PEM, rsa_signature

ED = "e" * 64
UNSIGNED: dict[str, object] = {"timestamp": NOW_MS}
REVOKED = (
    b'{"id":null,"status":401,"error":'
    b'{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}}'
)


class LoggedOnBox(WsApiBox):
    """A box whose first account has an Ed25519 key as well, and a session that knows it."""

    def __init__(self, *, logged_on: bool = True) -> None:
        super().__init__()
        self.keys.add_public_key(ED, ED25519_PEM, self.account_id)
        if logged_on:
            assert self.log_on()["status"] == 200

    def log_on(self, **params: object) -> dict[str, Any]:
        return self.send("session.logon", self.with_ed25519(**params))

    def with_ed25519(self, **params: object) -> dict[str, object]:
        filled: dict[str, object] = {"apiKey": ED, "timestamp": self.box_ms, **params}
        signature = base64.b64encode(ED25519_KEY.sign(payload(filled))).decode()
        return {**filled, "signature": signature}


def test_a_session_from_logon_to_logout() -> None:
    """WSA-020."""
    box = LoggedOnBox(logged_on=False)
    since_ms = box.box_ms
    nobody = {
        "apiKey": None,
        "authorizedSince": None,
        "connectedSince": since_ms,
        "returnRateLimits": True,
        "serverTime": since_ms + 5,
    }
    box.box_ms += 5
    assert list(box.send("session.status")["result"].items()) == list(nobody.items())
    somebody = {**nobody, "apiKey": ED, "authorizedSince": since_ms + 5}
    assert list(box.log_on()["result"].items()) == list(somebody.items())
    box.box_ms += 5
    somebody["serverTime"] = since_ms + 10
    assert box.send("session.status")["result"] == somebody
    assert box.send("session.logout")["result"] == {**nobody, "serverTime": since_ms + 10}
    assert box.error("account.balance", UNSIGNED)[1] == -2014


def test_a_logged_on_session_needs_neither_key_nor_signature() -> None:
    """WSA-021."""
    box = LoggedOnBox()
    assert box.send("order.place", {**ORDER, **UNSIGNED})["status"] == 200
    assert box.error("order.place", ORDER) == (
        400,
        -1102,
        "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.",
    )
    assert box.error("account.balance", {"timestamp": NOW_MS - 60_000})[1] == -1021
    assert box.send("userDataStream.start")["status"] == 200
    own = box.signed()
    assert box.send("account.balance", own)["status"] == 200


def test_what_is_sent_is_checked() -> None:
    """WSA-022: a key of its own counts for that request alone; a signature has to be right."""
    box = LoggedOnBox()
    other = box.open_account("o" * 64, SECRET, usdt=7)
    assert other != box.account_id
    balance = box.ask("account.balance", apiKey="o" * 64)["result"][0]["balance"]
    assert balance == "7.00000000"
    balance = box.send("account.balance", UNSIGNED)["result"][0]["balance"]
    assert balance == "100000.00000000"
    assert box.error("account.balance", {**UNSIGNED, "apiKey": KEY})[1] == -1102
    assert box.error("account.balance", {**UNSIGNED, "apiKey": ED})[1] == -1102
    assert box.error("account.balance", {**UNSIGNED, "signature": "?"})[1] == -1022
    right = base64.b64encode(ED25519_KEY.sign(payload(UNSIGNED))).decode()
    assert box.send("account.balance", {**UNSIGNED, "signature": right})["status"] == 200
    assert box.error("account.balance", {**UNSIGNED, "apiKey": ""})[1] == -2014


def test_logging_on_again_replaces_the_key() -> None:
    """WSA-020."""
    box = LoggedOnBox()
    other = box.open_account("o" * 64, SECRET, usdt=7)
    box.keys.add_public_key("p" * 64, ED25519_PEM, other)
    assert box.log_on(apiKey="p" * 64)["result"]["apiKey"] == "p" * 64
    assert box.send("account.balance", UNSIGNED)["result"][0]["balance"] == "7.00000000"


def test_logging_on_needs_key_and_signature_even_in_a_session() -> None:
    """WSA-020."""
    box = LoggedOnBox()
    assert box.error("session.logon", {})[1] == -2014
    assert box.error("session.logon", {**UNSIGNED, "apiKey": ED})[1] == -1102
    assert box.error("session.logon", {**UNSIGNED, "apiKey": ED, "signature": "?"})[1] == -1022
    assert box.send("account.balance", UNSIGNED)["status"] == 200


def test_only_ed25519_keys_log_on() -> None:
    """WSA-023: told after the signature."""
    box = WsApiBox()
    wrong = {**box.signed(), "signature": "?"}
    assert box.error("session.logon", wrong)[1] == -1022
    assert box.error("session.logon", box.signed()) == (
        400,
        -4056,
        "HMAC_SHA256 API key is not supported.",
    )
    box.keys.add_public_key("rsa", RSA_PEM, box.account_id)
    params: dict[str, object] = {"apiKey": "rsa", "timestamp": box.box_ms}
    params["signature"] = base64.b64encode(rsa_signature(payload(params))).decode()
    assert box.error("session.logon", params) == (400, -4056, "Invalid api key type.")
    assert box.send("session.status")["result"]["apiKey"] is None


@pytest.mark.parametrize("replaced", [False, True])
def test_a_revoked_key_ends_the_session(replaced: bool) -> None:
    """WSA-024: byte for byte, with the next request that needs the key."""
    box = LoggedOnBox()
    box.keys.remove(ED)
    if replaced:
        box.keys.add_public_key(ED, ED25519_PEM, box.account_id)
    assert box.send("depth", {"symbol": "BTCUSDT"})["status"] == 200
    assert box.send("session.status")["result"]["apiKey"] == ED
    request = {"id": 7, "method": "account.balance", "params": UNSIGNED}
    assert box.session.handle(orjson.dumps(request).decode()) == REVOKED
    assert box.error("account.balance", UNSIGNED)[1] == -2014


def test_sessions_know_nothing_of_each_other() -> None:
    """WSA-020."""
    box = LoggedOnBox()
    box.session = box.open()
    assert box.error("account.balance", UNSIGNED)[1] == -2014


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_works_in_a_session_as_signed(name: str) -> None:
    """WSA-021: and gives the same answer."""
    values: dict[str, object] = {**ORDER, "orderId": 1, "limit": 5, "newClientOrderId": "a"}
    answers = []
    for is_logged_on in (False, True):
        box = LoggedOnBox(logged_on=is_logged_on)
        box.place()
        params = {**UNSIGNED, **values} if is_logged_on else box.with_ed25519(**values)
        answer = box.send(name, {**params, "returnRateLimits": "false"} if is_logged_on else params)
        answer.pop("rateLimits", None)
        answers.append(answer)
    if name == "userDataStream.start":
        assert [list(answer["result"]) for answer in answers] == [["listenKey"], ["listenKey"]]
    else:
        assert answers[0] == answers[1]
