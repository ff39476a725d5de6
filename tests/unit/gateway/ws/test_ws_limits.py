"""Limits by the wall clock and by size, without waiting for either."""

import json

import pytest

from perpbox.box import Box
from perpbox.gateway.handler import Reply
from perpbox.gateway.ws.bounds import WsBounds
from perpbox.gateway.ws.sessions import Answering
from tests.unit.gateway.http_probe import Client
from tests.unit.gateway.ws.ws_probe import (
    NOON_MS,
    PING,
    PONG,
    TEXT,
    Venue,
    WsClient,
    client_frame,
    handshake,
    venue,
)

LIST = client_frame(TEXT, b'{"method":"LIST_SUBSCRIPTIONS","id":1}')


def ping_after(there: Venue, client: WsClient, ms: int) -> bytes:
    there.pass_ms(ms)
    got = client.read_frame()
    assert got.opcode == PING
    return got.payload


def test_the_server_pings_every_three_minutes_with_the_time() -> None:
    """WSS-040: middle boxes cut silent connections; clients read the time."""
    with venue() as there, there.open() as client:
        there.pass_ms(179_000)
        client.say(PING, b"still nothing")
        assert client.read_frame().opcode == PONG
        first = ping_after(there, client, 2_000)
        assert first == str(NOON_MS + 181_000).encode()
        client.say(PONG, first)
        second = ping_after(there, client, 181_000)
        assert second == str(NOON_MS + 362_000).encode()


def test_without_a_pong_the_connection_ends_after_ten_minutes() -> None:
    """WSS-041: connections of dead clients would stay for ever."""
    with venue() as there, there.open() as client:
        for _ in range(4):
            ping_after(there, client, 181_000)
        there.pass_ms(60_000)
        got = client.read_close()
        assert (got.code, got.reason) == (1008, "Pong timeout")


def test_an_unsolicited_pong_keeps_nothing_alive() -> None:
    """WSS-042: as documented; a client that never reads pings is not alive."""
    with venue() as there, there.open() as client:
        client.say(PONG, b"")
        for _ in range(4):
            ping_after(there, client, 181_000)
            client.say(PONG, b"hello")
        client.say(PING)
        client.read_frame()
        there.pass_ms(60_000)
        assert client.read_close().code == 1008


def test_the_pong_of_an_earlier_ping_counts() -> None:
    """WSS-041: a slow line is not dead."""
    with venue() as there, there.open() as client:
        first = ping_after(there, client, 181_000)
        for _ in range(2):
            ping_after(there, client, 181_000)
        client.say(PONG, first)
        client.say(PING)
        client.read_frame()
        ping_after(there, client, 181_000)
        there.pass_ms(178_000)
        client.say(PING)
        assert client.read_frame().opcode == PONG


def test_a_wall_clock_that_leaps_pings_before_it_cuts_off() -> None:
    """WSS-041: a laptop that slept would lose every connection."""
    with venue() as there, there.open() as client:
        ping_after(there, client, 3_600_000)
        client.say(PING)
        assert client.read_frame().opcode == PONG


def test_a_connection_lives_for_a_day() -> None:
    """WSS-043: clients have to be able to connect again."""
    day_ms = 86_400_000
    with venue() as there, there.open() as client:
        for _ in range(2):
            client.say(PONG, ping_after(there, client, day_ms // 2 - 60_000))
            client.say(PING)
            client.read_frame()
        there.pass_ms(121_000)
        assert client.read_close().code == 1001


def test_a_closed_client_that_does_not_hang_up_is_cut_off() -> None:
    """WSS-044: a socket would be held by who ignores the close frame."""
    with venue() as there, there.open() as client:
        client.send(b"\xff\xff")
        assert client.read_close().code == 1002
        assert there.count() == 1
        there.pass_ms(7_000)
        assert there.count() == 0


def test_a_burst_of_messages_is_tolerated_and_one_more_is_not() -> None:
    """WSS-045: 10 a second, measured: about 15 back to back."""
    with venue() as there, there.open() as client:
        client.send(LIST * 16)
        for _ in range(15):
            assert client.read_json() == {"result": [], "id": 1}
        got = client.read_close()
        assert (got.code, got.reason) == (1008, "Too many requests")


def test_ten_messages_a_second_go_on_for_ever() -> None:
    """WSS-045: a client that keeps to the limit is never closed."""
    with venue() as there, there.open() as client:
        for _ in range(5):
            client.send(LIST * 10)
            for _ in range(10):
                client.read_json()
            there.pass_ms(1_000)
        client.send(LIST * 15)
        for _ in range(15):
            client.read_json()


def test_a_wall_clock_that_goes_back_counts_anew() -> None:
    """WSS-045: a corrected clock would close every connection."""
    with venue() as there, there.open() as client:
        client.send(LIST * 10)
        for _ in range(10):
            client.read_json()
        there.wall.ms -= 3_600_000
        client.send(LIST * 15)
        for _ in range(15):
            client.read_json()


def test_pings_and_pongs_are_messages_too() -> None:
    """WSS-045: as documented."""
    with venue() as there, there.open() as client:
        client.send(client_frame(PING) * 8 + client_frame(PONG) * 8)
        for _ in range(8):
            assert client.read_frame().opcode == PONG
        assert client.read_close().reason == "Too many requests"


def test_messages_are_not_limited_where_rate_limits_are_off() -> None:
    """WSS-045: a load test has to be able to switch it off."""
    with venue(limits_messages=False) as there, there.open() as client:
        client.send(LIST * 100)
        for _ in range(100):
            client.read_json()


def test_one_stream_too_many() -> None:
    """WSS-046: error code 4, then the end."""
    with venue() as there, there.open() as client:
        names = [f"s{number}@depth" for number in range(1024)]
        assert client.request("SUBSCRIBE", names) == {"result": None, "id": 1}
        assert client.request("SUBSCRIBE", names[:5]) == {"result": None, "id": 1}
        assert client.request("SUBSCRIBE", ["s@depth"], "q") == {
            "error": {"code": 4, "msg": "Too many subscriptions"},
            "id": "q",
        }
        got = client.read_close()
        assert (got.code, got.reason) == (1008, "Invalid request")


def test_one_subscription_too_many_of_all_connections() -> None:
    """WSS-036: each within its own limit, many connections would fill the memory."""
    with venue(WsBounds(subscriptions_max=3)) as there:
        with there.open("/ws/a@depth/b@depth") as first, there.open("/ws/a@depth") as second:
            assert second.request("LIST_SUBSCRIPTIONS", []) == {"result": ["a@depth"], "id": 1}
            second.say(TEXT, b'{"method":"SUBSCRIBE","params":["c@depth"],"id":2}')
            assert second.read_json() == {"result": None, "id": 2}
            got = second.read_close()
            assert (got.code, got.reason) == (1008, "The box has too many subscriptions")
            assert first.request("SUBSCRIBE", ["c@depth"]) == {"result": None, "id": 1}
        with there.open("/ws/a@depth") as late:
            there.running.call(lambda: None)
            assert late.request("UNSUBSCRIBE", ["a@depth"]) == {"result": None, "id": 1}


class Echo:
    """Stands for the WebSocket API."""

    account_id = 0

    def handle(self, text: str) -> bytes:
        return text.encode()


def open_echo(query: bytes, peer: str) -> Answering | Reply:
    assert peer == "127.0.0.1"
    return (429, b"", b"{}") if query == b"no" else Echo()


def test_the_websocket_api_is_limited_by_its_pings_only() -> None:
    """WSS-047: its requests have the limits of REST, told in its own errors."""
    with venue(open_api=open_echo) as there, there.open("/ws-fapi/v1") as client:
        client.send(client_frame(TEXT, b"1") * 50)
        for _ in range(50):
            assert client.read_json() == 1
        client.send(client_frame(PING) * 6)
        for _ in range(5):
            assert client.read_frame().opcode == PONG
        assert client.read_close().reason == "Too many requests"


def test_the_websocket_api_may_refuse_a_handshake() -> None:
    """WSS-047: the handshake has a weight."""
    with venue(open_api=open_echo) as there, Client(there.port) as client:
        assert client.ask(handshake("/ws-fapi/v1?no")).status == 429
    with venue() as there, Client(there.port) as client:
        assert client.ask(handshake("/ws-fapi/v1")).status == 404


SMALL = WsBounds(out_bytes_max=200_000)


@pytest.mark.parametrize("turns", [1, 400])
def test_a_reader_that_is_too_slow_is_closed_and_nobody_waits(turns: int) -> None:
    """WSS-030: memory would grow with every event, or the others would wait."""
    event = json.dumps("e" * 10_000).encode()
    total = 3_200
    with venue(SMALL) as there, there.open("/ws/x") as slow, there.open("/ws/y") as other:
        for _ in range(turns):
            there.publish("x", event, total // turns)
        there.publish("y", b"{}")
        assert other.read_json() == {}
        assert not there.running.call(lambda: there.hub.has("x"))
        read = 0
        while (got := slow.read_frame()).opcode == TEXT:
            assert got.payload == event
            read += 1
        assert got.code == 1008
        assert got.reason.startswith("Slow reader")
        assert 0 < read < total


def test_a_slow_reader_that_never_comes_back_is_cut_off() -> None:
    """WSS-030: its socket would be kept for nothing."""
    with venue(SMALL) as there, there.open("/ws/x"):
        there.publish("x", b'"%s"' % (b"e" * 10_000), 3_200)
        assert there.count() == 1
        there.pass_ms(7_000)
        assert there.count() == 0


def test_a_reader_that_pauses_within_the_bound_misses_nothing() -> None:
    """WSS-031: a short pause of a client must not cost it its connection, or an event."""
    with venue(WsBounds(out_bytes_max=64 << 20)) as there, there.open("/ws/x") as client:
        for number in range(20):
            there.publish("x", b"[%d,%s]" % (number, b'"%s"' % (b"e" * 1_000_000)))
        for number in range(20):
            got = json.loads(client.read_frame().payload)
            assert got[0] == number


def test_a_reader_that_keeps_up_may_get_more_than_the_queue_in_one_turn() -> None:
    """WSS-031: when time leaps, much is pushed before the loop turns."""
    event = b'"%s"' % (b"e" * 998)
    with venue(WsBounds(out_bytes_max=100_000)) as there, there.open("/ws/x") as client:
        there.publish("x", event, 130)
        for _ in range(130):
            assert client.read_frame().payload == event


def test_the_queue_is_a_setting_of_the_box() -> None:
    """WSS-030: tests of slow readers need a small one."""
    with Box(market="none", symbols=["BTCUSDT"], ws_queue_bytes=65_536) as box:
        assert box.websockets.bounds.out_bytes_max == 65_536
