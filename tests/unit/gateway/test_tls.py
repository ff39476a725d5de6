"""https and wss: real clients that check the certificate, and certificates that cannot be used."""

import logging
import socket
import ssl
import stat
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from perpbox.box import Box
from perpbox.config import ConfigError
from perpbox.gateway.certificates import LIFETIME, RENEWED_BEFORE
from perpbox.gateway.tls import made_here
from tests.conformance.clients import ccxt_client
from tests.unit.gateway.http_probe import PATIENCE_S

HASTY = {"drain_ms": 100}
"""Clients here keep connections open, and over TLS their farewell is waited for."""
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def tls_box(folder: Path, **options: object) -> Box:
    settings: dict[str, object] = {"market": "none", "symbols": ["BTCUSDT"], "http": HASTY}
    settings["tls_self_signed"] = str(folder)
    return Box(**settings | options)


def test_clients_that_insist_on_https_are_served(tmp_path: Path) -> None:
    """TLS-001, TLS-002: they trust the one authority, and check name and chain."""
    with tls_box(tmp_path) as box:
        box.set_price("BTCUSDT", 60_000)
        assert box.url.startswith("https://127.0.0.1:")
        assert box.tls is not None
        ca = str(box.tls.ca)
        with requests.Session() as session:
            session.trust_env = False  # the environment may name an authority of its own
            session.verify = ca
            for _ in range(3):
                assert session.get(f"{box.url}/fapi/v1/time", timeout=PATIENCE_S).status_code == 200
            by_name = box.url.replace("127.0.0.1", "localhost")
            assert session.get(f"{by_name}/fapi/v1/ping", timeout=PATIENCE_S).json() == {}
            body = "x" * 1_000_000
            large = session.post(f"{box.url}/fapi/v1/order", data=body, timeout=PATIENCE_S)
            assert large.json()["code"] == -2014
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{box.url}/fapi/v1/time", timeout=PATIENCE_S)


def test_ccxt_trades_over_https(tmp_path: Path) -> None:
    """TLS-001: signed requests as a bot sends them."""
    with tls_box(tmp_path) as box:
        box.set_price("BTCUSDT", 60_000)
        assert box.tls is not None
        exchange = ccxt_client(box.url, box.account())
        exchange.validateServerSsl = str(box.tls.ca)
        order = exchange.create_order("BTC/USDT:USDT", "market", "buy", 0.01)
        assert exchange.fetch_order(order["id"], "BTC/USDT:USDT")["filled"] == 0.01


def test_streams_and_the_websocket_api_are_served_over_wss(tmp_path: Path) -> None:
    """TLS-001: handshake, frames both ways, and the farewell when the box stops."""
    with tls_box(tmp_path) as box:
        assert box.ws_url.startswith("wss://")
        assert box.tls is not None
        trusting = ssl.create_default_context(cafile=box.tls.ca)
        with (
            connect(f"{box.ws_url}/ws/btcusdt@bookTicker", ssl=trusting) as streams,
            connect(f"{box.ws_url}/ws-fapi/v1", ssl=trusting) as api,
        ):
            box.set_price("BTCUSDT", 60_000)
            assert '"bookTicker"' in str(streams.recv(PATIENCE_S))
            api.send('{"id":1,"method":"session.status"}')
            assert '"status":200' in str(api.recv(PATIENCE_S))
            box.__exit__(None, None, None)
            for client in (streams, api):
                with pytest.raises(ConnectionClosed) as caught:
                    client.recv(PATIENCE_S)
                assert caught.value.rcvd is not None
                assert caught.value.rcvd.code == 1001


def test_plain_http_is_not_spoken_where_tls_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """TLS-001: a client that errs would send its key in the clear, and fill the log."""
    with tls_box(tmp_path) as box, caplog.at_level(logging.WARNING):
        port = int(box.url.rsplit(":", 1)[1])
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/fapi/v1/ping", timeout=PATIENCE_S)
        with socket.create_connection(("127.0.0.1", port)) as garbage:
            garbage.sendall(b"\x16\x03\x01" + b"\xff" * 600)
        trusting = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        url = f"{box.url}/fapi/v1/ping"
        with urllib.request.urlopen(url, timeout=PATIENCE_S, context=trusting) as answer:
            assert answer.status == 200
    assert caplog.records == []


def test_a_made_certificate_is_kept_while_it_is_good(tmp_path: Path) -> None:
    """TLS-002: trust set up once would have to be set up at each start."""
    files = made_here(tmp_path, ["box.example"], NOON)
    assert files.ca is not None
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(kept) == {files.ca, files.cert, files.key}

    def is_kept(*names: str, now: datetime) -> bool:
        made_here(tmp_path, names, now)
        return {path: path.read_bytes() for path in tmp_path.iterdir()} == kept

    last = NOON + LIFETIME - RENEWED_BEFORE
    assert is_kept("box.example", now=NOON)
    assert is_kept("box.example", now=last - timedelta(seconds=1))
    assert not is_kept("box.example", now=last)


@pytest.mark.parametrize("spoilt", ["ca.pem", "server.pem", "server.key"])
def test_files_that_do_not_belong_together_are_made_anew(tmp_path: Path, spoilt: str) -> None:
    """TLS-002: a start cut short between two files would leave a box that cannot be trusted."""
    made_here(tmp_path / "other", [], NOON)
    files = made_here(tmp_path, [], NOON)
    for content in (b"", (tmp_path / "other" / spoilt).read_bytes()):
        before = files.key.read_bytes()
        (tmp_path / spoilt).write_bytes(content)
        made_here(tmp_path, [], NOON)
        assert files.key.read_bytes() != before
        made_here(tmp_path, ["10.0.0.7"], NOON)
        made_here(tmp_path, [], NOON)


def test_the_key_is_for_its_owner_and_the_authority_has_none(tmp_path: Path) -> None:
    """TLS-003: whoever reads it could pose as any site to clients that trust the authority."""
    files = made_here(tmp_path, [], NOON)
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    keys = [path for path in tmp_path.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert keys == [files.key]


def test_a_certificate_of_ones_own(tmp_path: Path) -> None:
    """TLS-004: a company's certificate is served as it is."""
    files = made_here(tmp_path, [], None)
    with Box(
        market="none",
        symbols=["BTCUSDT"],
        http=HASTY,
        tls_cert=str(files.cert),
        tls_key=str(files.key),
    ) as box:
        answer = requests.get(f"{box.url}/fapi/v1/ping", verify=str(files.ca), timeout=PATIENCE_S)
        assert answer.status_code == 200


def test_what_cannot_be_served_is_said_before_the_start(tmp_path: Path) -> None:
    """TLS-005: the user would find out from the first client."""
    files = made_here(tmp_path, [], None)
    other = made_here(tmp_path / "other", [], None)
    (tmp_path / "file").write_text("no folder")
    own = {"tls_cert": str(files.cert), "tls_key": str(files.key)}
    for options, message in (
        ({"tls_cert": str(files.cert)}, "a certificate needs its key"),
        (own | {"tls_self_signed": "on"}, "a certificate of your own"),
        (own | {"tls_key": str(tmp_path / "none")}, f"cannot read {tmp_path / 'none'}"),
        (own | {"tls_key": str(other.key)}, "are no certificate with its key"),
        (own | {"tls_cert": str(tmp_path / "file")}, "are no certificate with its key"),
        ({"tls_self_signed": str(tmp_path / "file")}, "cannot write"),
    ):
        with pytest.raises(ConfigError, match=message):
            Box(market="none", symbols=["BTCUSDT"], **options)
