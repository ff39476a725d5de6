"""Logs: one line an event, and no secret in it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from perpbox.box import Box
from perpbox.gateway import logs
from tests.unit.gateway.http_probe import Client, serving

KEY = "a1B2" * 16
SIGNATURE = "0123456789abcdef" * 4


def crash(error: Exception) -> None:
    raise error


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the logs of this process go meanwhile."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    yield stream
    root.handlers[:], root.level = before


def test_json_lines(written: io.StringIO) -> None:
    """OPS-001: a log collector would have to guess where an event begins and ends."""
    logs.begin("json", "info", written)
    logger = logging.getLogger("perpbox.test")
    logger.debug("not this one")
    logger.info("what %s", "happened", extra={"peer": "127.0.0.1", "status": 200})
    try:
        crash(RuntimeError("a bug\nof two lines"))
    except RuntimeError:
        logger.exception("it crashed")
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert first.pop("at").endswith("Z")
    assert first == {
        "level": "info",
        "logger": "perpbox.test",
        "event": "what happened",
        "peer": "127.0.0.1",
        "status": 200,
    }
    assert second["level"] == "error"
    assert "RuntimeError: a bug\nof two lines" in second["exception"]


def test_text_lines(written: io.StringIO) -> None:
    """OPS-001: the same for people."""
    logs.begin("text", "warning", written)
    logging.getLogger("perpbox").info("not this one")
    logging.getLogger("perpbox").warning("slow", extra={"micros": 5})
    (line,) = written.getvalue().splitlines()
    assert line.endswith("warning slow micros=5")


@pytest.mark.parametrize("form", logs.FORMATS)
def test_secrets_are_cut(form: str, written: io.StringIO) -> None:
    """OPS-002, SEC-004: a log is handed on with a bug report."""
    logs.begin(form, "info", written)
    try:
        crash(KeyError(KEY))
    except KeyError:
        logging.getLogger("perpbox").exception(
            "GET /fapi/v1/order?symbol=BTCUSDT&signature=%s", SIGNATURE, extra={"key": KEY}
        )
    logging.getLogger("perpbox").info("Authorization: Bearer short-token")
    text = written.getvalue()
    for secret in (KEY, SIGNATURE, KEY[:8], "short-token"):
        assert secret not in text
    assert "symbol=BTCUSDT" in text
    assert KEY[: logs.SHOWN_LETTERS] in text


def test_a_line_for_each_request(written: io.StringIO) -> None:
    """OPS-003: nobody could tell which answer a line belongs to."""
    logs.begin("json", "info", written)
    with (
        Box(market="none", symbols=["BTCUSDT"], log_requests=True) as box,
        Client(int(box.url.rsplit(":", 1)[1])) as client,
    ):
        line = b"GET /fapi/v1/order?signature=%s HTTP/1.1\r\nX-MBX-APIKEY: %s\r\n%s\r\n"
        secret = (SIGNATURE.encode(), KEY.encode())
        own = client.ask(line % (*secret, b"X-Request-Id: my-7\r\n"))
        made = client.ask(line % (*secret, b""))
        forged = client.ask(line % (*secret, b"X-Request-Id: a b\r\n"))
    assert own.headers["x-request-id"] == "my-7"
    assert len({made.headers["x-request-id"], forged.headers["x-request-id"], "a b"}) == 3
    told = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [row["request"] for row in told] == [
        answer.headers["x-request-id"] for answer in (own, made, forged)
    ]
    assert told[0]["method"] == "GET"
    assert told[0]["path"] == "/fapi/v1/order"
    assert told[0]["status"] == own.status == 400
    assert SIGNATURE not in written.getvalue()
    assert KEY not in written.getvalue()


def test_a_crash_has_a_name(caplog: pytest.LogCaptureFixture) -> None:
    """OPS-004: who reports a 500 could not say which line of the log is theirs."""
    with serving() as running, Client(running.port) as client:
        answer = client.ask(b"GET /crash HTTP/1.1\r\n\r\n")
    assert answer.status == 500
    assert caplog.records[0].__dict__["request"] == answer.headers["x-request-id"]
