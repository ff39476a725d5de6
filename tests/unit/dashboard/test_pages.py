"""How the built page is handed out."""

import gzip
import re
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path

import pytest

import perpbox.dashboard
from perpbox.box import Box

BUILT = Path(perpbox.dashboard.__file__).parent / "built"
BROWSER = {b"accept": b"text/html,application/xhtml+xml,*/*;q=0.8"}
TRANSFER_BYTES_MAX = 400 * 1024


@pytest.fixture
def box() -> Box:
    return Box(market="none", clock="frozen", symbols=["BTCUSDT"])


def asset_paths() -> list[str]:
    return [f"/assets/{path.name}" for path in sorted((BUILT / "assets").iterdir())]


def line(head: bytes, name: str) -> str:
    found = re.search(rf"^{name}: (.*)\r$", head.decode(), re.MULTILINE)
    return found[1] if found else ""


def get(box: Box, path: str, headers: Mapping[bytes, bytes]) -> tuple[int, bytes, bytes]:
    return box.handle("GET", path, headers=headers)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_documents_are_pages_for_browsers(box: Box, path: str) -> None:
    """DSH-001."""
    status, head, body = get(box, path, BROWSER)
    assert status == 200
    assert line(head, "Content-Type") == "text/html; charset=utf-8"
    assert line(head, "Cache-Control") == "no-cache"
    assert body.startswith(b"<!doctype html>")


def test_root_stays_a_list_of_addresses_for_programs(box: Box) -> None:
    """DSH-001."""
    with box:
        for headers in ({}, {b"accept": b"*/*"}, {b"accept": b"application/json"}):
            status, head, body = get(box, "/", headers)
            assert (status, head) == (200, b"")
            assert b'"perpbox"' in body


def test_documents_name_assets_that_are_there(box: Box) -> None:
    """DSH-001."""
    for path in ("/", "/docs"):
        named = re.findall(rb'(?:src|href)="(/assets/[^"]+)"', get(box, path, BROWSER)[2])
        assert len(named) >= 3
        for each in named:
            assert get(box, each.decode(), {})[0] == 200


@pytest.mark.parametrize("path", asset_paths())
def test_assets_are_kept_for_ever_by_their_hashed_names(box: Box, path: str) -> None:
    """DSH-002."""
    status, head, body = get(box, path, {})
    assert status == 200
    assert body == (BUILT / path[1:]).read_bytes()
    assert line(head, "Content-Type") != ""
    is_hashed = re.search(r"-[\w-]{8}\.\w+$", path) is not None
    assert is_hashed == ("immutable" in line(head, "Cache-Control"))
    assert is_hashed or path == "/assets/licences.txt"


@pytest.mark.parametrize("path", ["/", *asset_paths()])
def test_a_copy_that_is_still_right_is_not_sent_again(box: Box, path: str) -> None:
    """DSH-002."""
    etag = line(get(box, path, BROWSER)[1], "ETag")
    status, head, body = get(box, path, {**BROWSER, b"if-none-match": etag.encode()})
    assert (status, body) == (304, b"")
    assert line(head, "ETag") == etag
    assert get(box, path, {**BROWSER, b"if-none-match": b'"other"'})[0] == 200


@pytest.mark.parametrize("path", ["/", *asset_paths()])
def test_assets_are_compressed_for_who_can_read_it(box: Box, path: str) -> None:
    """DSH-002."""
    content = get(box, path, BROWSER)[2]
    _, head, body = get(box, path, {**BROWSER, b"accept-encoding": b"br, gzip"})
    if line(head, "Content-Encoding"):
        assert line(head, "Content-Encoding") == "gzip"
        assert len(body) < len(content)
        body = gzip.decompress(body)
    else:
        assert path.endswith((".woff2", ".svg"))
    assert body == content


def test_page_is_small(box: Box) -> None:
    """DSH-003: all that a first visit transfers, licences and reference included."""
    headers = {**BROWSER, b"accept-encoding": b"gzip"}
    sizes = [len(get(box, path, headers)[2]) for path in ("/", "/docs", *asset_paths())]
    assert sum(sizes) < TRANSFER_BYTES_MAX


def test_page_may_load_from_the_box_alone(box: Box) -> None:
    """DSH-004."""
    policy = line(get(box, "/", BROWSER)[1], "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize(
    "path", ["/assets/", "/assets/../pages.py", "/assets/none.js", "/index.html", "/assets"]
)
def test_nothing_else_is_handed_out(box: Box, path: str) -> None:
    """DSH-005."""
    assert get(box, path, BROWSER)[0] == 404


def test_pages_are_read_only(box: Box) -> None:
    """DSH-005."""
    assert box.handle("POST", "/", headers=BROWSER)[0] == 404


def test_page_comes_over_a_socket(box: Box) -> None:
    """DSH-001, DSH-002: the connection is kept through an answer without a body."""
    with box:
        connection = HTTPConnection(box.url.removeprefix("http://"))
        connection.request("GET", "/", headers={"Accept": "text/html"})
        first = connection.getresponse()
        page = first.read()
        etag = first.headers["ETag"]
        connection.request("GET", "/", headers={"Accept": "text/html", "If-None-Match": etag})
        second = connection.getresponse()
        assert (second.status, second.read()) == (304, b"")
        connection.request("GET", "/", headers={"Accept": "text/html"})
        assert connection.getresponse().read() == page
        connection.close()
