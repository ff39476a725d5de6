"""Sessions: how the box's own page acts for an account without a secret."""

from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from perpbox.box import Box
from perpbox.engine.hashing import state_hash
from perpbox.gateway.sessions import (
    IDLE_MS,
    SESSIONS_MAX,
    SWEEP_MS,
    Sessions,
    SessionsFull,
)
from perpbox.lab.errors import LabCode
from tests.unit.lab.lab_box import (
    WAIT_S,
    Wall,
    as_page,
    done,
    is_silent,
    lab,
    said,
    socket_to,
    token_of,
)

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}


def test_a_session_stands_for_key_and_signature(box: Box, wall: Wall) -> None:
    """LAB-100, LAB-101: it trades and reads for its account, with nothing signed."""
    number = box.account(usdt=5_000).account_id
    opened = done(box, "POST", "/sessions", {"account": number})
    assert opened["account"] == number
    assert opened["expiresAt"] == wall.now_ms + IDLE_MS
    status, _, placed = as_page(box, opened["session"], "POST", "/fapi/v1/order", **ORDER)
    assert (status, placed["status"]) == (200, "NEW")
    _, _, rows = as_page(box, opened["session"], "GET", "/fapi/v3/positionRisk")
    assert [row["positionAmt"] for row in rows] == ["0.010"]
    assert not box.state.accounts[1].holds_positions()


def test_what_a_page_does_counts_against_nobody(box: Box) -> None:
    """LAB-102: neither the address's weight nor the account's orders are counted."""
    token = token_of(box)
    for _ in range(4):
        status, lines, _ = as_page(box, token, "POST", "/fapi/v1/order", **ORDER)
        assert (status, lines) == (200, b"")
        assert as_page(box, token, "GET", "/fapi/v1/depth", symbol="BTCUSDT")[0] == 200
    status, lines, _ = box.handle("GET", "/fapi/v1/time")
    assert lines == b"X-MBX-USED-WEIGHT-1M: 1\r\n"


def test_refusals_are_those_of_fapi(box: Box) -> None:
    """LAB-101: what is wrong with a request in a session is told as to any client."""
    token = token_of(box)
    status, _, error = as_page(box, token, "POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY")
    assert (status, error["code"]) == (400, -1102)
    status, _, error = as_page(box, token, "POST", "/fapi/v1/order", **ORDER | {"quantity": "900"})
    assert (status, error["code"]) == (400, -4005)
    status, _, error = as_page(box, token, "GET", "/fapi/v9/nothing")
    assert (status, error["code"]) == (404, -5000)


@pytest.mark.parametrize("token", ["", "x", "0" * 16, "\xff" * 59, "0" * 70_000])
def test_unknown_tokens_are_refused_and_weigh(box: Box, token: str) -> None:
    """LAB-103: 401, and the address pays for the guess."""
    status, lines, answer = box.handle(
        "GET", "/fapi/v3/account", b"", {b"x-perpbox-session": token.encode("latin-1")}
    )
    assert (status, b'"code":-9016' in answer) == (401, True)
    assert lines == b"X-MBX-USED-WEIGHT-1M: 5\r\n"


def test_half_a_token_is_none(box: Box) -> None:
    """LAB-103: the name of a session without its whole secret opens nothing."""
    token = token_of(box)
    for wrong in (token[:16], token[:-1], token + "x", token[:16] + token[:15:-1]):
        assert as_page(box, wrong, "GET", "/fapi/v3/account")[0] == 401
    assert as_page(box, token, "GET", "/fapi/v3/account")[0] == 200


def test_a_session_never_touches_the_listen_key(box: Box) -> None:
    """LAB-104: a bot's user stream is out of a page's reach."""
    key = box.desk.listen_keys.open(1)
    token = token_of(box)
    for method in ("POST", "PUT", "DELETE"):
        status, _, error = as_page(box, token, method, "/fapi/v1/listenKey")
        assert (status, error["code"]) == (403, -9018)
    assert box.desk.listen_keys.get(1) == key


def test_the_operators_own_session_acts_for_no_account(box: Box) -> None:
    """LAB-100: without an account a session reads public data only."""
    opened = done(box, "POST", "/sessions", {})
    assert opened["account"] is None
    status, _, error = as_page(box, opened["session"], "GET", "/fapi/v3/account")
    assert (status, error["code"]) == (403, -9018)
    assert as_page(box, opened["session"], "GET", "/fapi/v1/time")[0] == 200


def test_delete_ends_a_session(box: Box) -> None:
    """LAB-105: the header names it; a second time there is none."""
    token = token_of(box)
    header = {b"x-perpbox-session": token.encode()}
    assert lab(box, "DELETE", "/sessions", headers=header) == (200, {})
    assert as_page(box, token, "GET", "/fapi/v3/account")[0] == 401
    status, error = lab(box, "DELETE", "/sessions", headers=header)
    assert (status, error["code"]) == (401, LabCode.SESSION_UNKNOWN)
    status, error = lab(box, "DELETE", "/sessions")
    assert (status, error["code"]) == (400, LabCode.FIELD_MISSING)
    status, error = lab(box, "POST", "/sessions", {"account": 99})
    assert (status, error["code"]) == (400, LabCode.ACCOUNT_UNKNOWN)


def test_sessions_end_with_a_reset_and_with_idleness(box: Box, wall: Wall) -> None:
    """LAB-105: each use gives it another twelve hours."""
    token = token_of(box)
    wall.now_ms += IDLE_MS - 1
    assert as_page(box, token, "GET", "/fapi/v3/account")[0] == 200
    wall.now_ms += IDLE_MS - 1
    assert as_page(box, token, "GET", "/fapi/v3/account")[0] == 200
    wall.now_ms += IDLE_MS
    assert as_page(box, token, "GET", "/fapi/v3/account")[0] == 401
    token = token_of(box)
    box.reset()
    assert as_page(box, token, "GET", "/fapi/v3/account")[0] == 401


def test_sessions_are_bounded() -> None:
    """LAB-105: the one that is unused the longest makes room, one that is read never does."""
    wall = Wall()
    sessions = Sessions(wall)
    read: set[str] = set()
    sessions.is_read = lambda token: token in read
    ended: list[str] = []
    sessions.ended.append(ended.append)
    opened = []
    for _ in range(SESSIONS_MAX):
        wall.now_ms += 1
        opened.append(sessions.open(1).token)
    read.add(opened[0])
    wall.now_ms += 1
    assert sessions.find(opened[1].encode()) is not None
    sessions.open(2)
    assert (ended, len(sessions)) == ([opened[2]], SESSIONS_MAX)
    sessions.is_read = lambda _: True
    with pytest.raises(SessionsFull):
        sessions.open(3)
    assert len(set(opened)) == SESSIONS_MAX
    wall.now_ms += IDLE_MS + SWEEP_MS
    sessions.sweep()
    assert len(sessions) == SESSIONS_MAX
    wall.now_ms += IDLE_MS + SWEEP_MS
    sessions.is_read = lambda token: token in read
    sessions.sweep()
    assert (len(sessions), sessions.tokens(1), sessions.tokens(2)) == (1, (opened[0],), ())


def test_a_session_is_in_no_state_and_in_no_log() -> None:
    """LAB-106: opening and ending one is no command and leaves the hash alone."""
    box = Box(market="none", clock="frozen", symbols=["BTCUSDT"], record=True)
    before = (state_hash(box.state), list(box.log), box.desk.sequencer.seq)
    token = token_of(box)
    assert as_page(box, token, "GET", "/fapi/v3/account")[0] == 200
    assert (state_hash(box.state), list(box.log), box.desk.sequencer.seq) == before


def test_off_loopback_only_the_operator_opens_sessions(tmp_path: Path) -> None:
    """LAB-107: the operator token, and a session is none."""
    operator = "operator-token-of-this-test"
    token_file = tmp_path / "token"
    token_file.write_text(operator)
    box = Box(
        market="none",
        clock="frozen",
        symbols=["BTCUSDT"],
        host="0.0.0.0",
        operator_token=str(token_file),
        account=(f"{'a' * 64}:{'b' * 64}:1000USDT",),
    )
    status, error = lab(box, "POST", "/sessions", {"account": 1})
    assert (status, error["code"]) == (401, LabCode.TOKEN_WRONG)
    bearer = {b"authorization": b"Bearer " + operator.encode()}
    status, opened = lab(box, "POST", "/sessions", {"account": 1}, bearer)
    assert status == 200
    token = opened["session"]
    assert as_page(box, token, "GET", "/fapi/v3/account")[0] == 200
    headers = {b"x-perpbox-session": token.encode(), b"authorization": b"Bearer " + token.encode()}
    for method, path in (("POST", "/sessions"), ("GET", "/state"), ("DELETE", "/sessions")):
        assert lab(box, method, path, headers=headers)[0] == 401


def test_the_user_stream_of_a_session(served: Box) -> None:
    """LAB-108: all events of its account and of no other, without a listen key."""
    other = served.account(usdt=5_000).account_id
    token, others = token_of(served), token_of(served, other)
    with (
        socket_to(served, f"/private/ws?session={token}") as first,
        socket_to(served, f"/stream?streams=btcusdt@bookTicker/{token}") as both,
        socket_to(served, f"/ws?session={others}") as foreign,
    ):
        assert as_page(served, token, "POST", "/fapi/v1/order", **ORDER)[0] == 200
        kinds = sorted(said(first)["e"] for _ in range(4))
        assert kinds == ["ACCOUNT_UPDATE", *["ORDER_TRADE_UPDATE"] * 2, "TRADE_LITE"]
        wrapped = [said(both) for _ in range(4)]
        assert {frame["stream"] for frame in wrapped} <= {token, "btcusdt@bookTicker"}
        assert token in {frame["stream"] for frame in wrapped}
        assert is_silent(foreign)
    assert len(served.desk.listen_keys) == 0


def test_an_ended_session_closes_its_streams(served: Box) -> None:
    """LAB-108: 1008 with the reason; an unknown token gets no stream."""
    token = token_of(served)
    with socket_to(served, f"/private/ws?session={token}") as socket:
        header = {b"x-perpbox-session": token.encode()}
        assert lab(served, "DELETE", "/sessions", headers=header)[0] == 200
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=WAIT_S)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "The session is over")
    operators = done(served, "POST", "/sessions", {})["session"]
    for unknown in (token, "nothing", operators):
        with (
            pytest.raises(InvalidStatus) as refused,
            socket_to(served, f"/private/ws?session={unknown}"),
        ):
            pass
        assert refused.value.response.status_code == 401


def test_a_session_whose_stream_is_read_is_not_idle(served: Box, wall: Wall) -> None:
    """LAB-105, LAB-108."""
    token = token_of(served)
    with socket_to(served, f"/private/ws?session={token}"):
        wall.now_ms += 2 * IDLE_MS
        assert as_page(served, token, "GET", "/fapi/v3/account")[0] == 200
