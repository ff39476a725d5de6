"""Reading requests of the WebSocket API, and what of them is signed."""

import hashlib
import hmac
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perpbox.wire.auth import Hmac
from perpbox.wire.ws_request import NotARequest, SignedParams, read_request, signed_texts

SECRET = b"secret"


def texts(params: str) -> dict[str, str]:
    return read_request(f'{{"id":1,"method":"m","params":{params}}}').texts


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("48500.0", "48500.0"),
        ("48500", "48500"),
        ("0", "0"),
        ("-0", "-0"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1e-7", "1e-7"),
        ("-0.10E+2", "-0.10E+2"),
        ("8389766058155948588", "8389766058155948588"),
        ("true", "true"),
        ("false", "false"),
        ("null", "null"),
        ('"48500.0"', "48500.0"),
        ('"a\\/b\\u00e9\\"c"', 'a/bé"c'),
        ('"\\u5e01\\u5b89USDT"', "币安USDT"),
        ('[1, {"a":2.0}]', '[1, {"a":2.0}]'),
        ('""', ""),
    ],
)
def test_values_are_kept_as_they_were_written(written: str, kept: str) -> None:
    """WSA-004: a number printed anew would spoil the signature."""
    assert texts(f'{{"x": {written} }}') == {"x": kept}


@pytest.mark.parametrize(
    "written", ["7", "-1", "1.50", "1e3", '"a"', '"\\u00e9"', "null", "true", '{"a":[1, 2]}', "[]"]
)
def test_ids_are_kept_as_they_were_written(written: str) -> None:
    """WSA-002."""
    assert read_request(f'{{"method":"m","id":{written}}}').request_id == written.encode()


@pytest.mark.parametrize(
    ("text", "request_id"),
    [
        ("", b"null"),
        ("hello", b"null"),
        ("[]", b"null"),
        ("5", b"null"),
        ('{"id":1,"method":"m"', b"null"),
        ('{"id":1,"method":"m"} {}', b"null"),
        ('{"id":01,"method":"m"}', b"null"),
        ('{"id":NaN,"method":"m"}', b"null"),
        ('{"id":"a\nb","method":"m"}', b"null"),
        ('{"id":1,"method":"m","params":{"x":"\\ud800"}}', b"null"),
        ('{"id":1,"method":"m","params":{"x":tru}}', b"null"),
        ("[" * 100_000, b"null"),
        ('{"id":' + "[" * 100_000, b"null"),
        ('{"method":"m"}', b"null"),
        ('{"id":"a"}', b'"a"'),
        ('{"id":"a","method":5}', b'"a"'),
        ('{"id":"a","method":null}', b'"a"'),
        ('{"id":2,"method":"m","params":[]}', b"2"),
        ('{"id":2,"method":"m","params":"x"}', b"2"),
    ],
)
def test_what_is_no_request(text: str, request_id: bytes) -> None:
    """WSA-001: the id is told as far as there is one."""
    with pytest.raises(NotARequest) as caught:
        read_request(text)
    assert caught.value.request_id == request_id


def test_params_may_be_absent_or_null() -> None:
    """WSA-001."""
    assert read_request('{"id":1,"method":"m"}').texts == {}
    assert read_request('{"id":1,"method":"m","params":null,"more":1}').texts == {}


def test_names_match_in_any_case_and_twice_is_a_fault() -> None:
    """WSA-006."""
    values, fault = read_request('{"id":1,"method":"m","params":{"ApiKey":"a","X":null}}').form
    assert (values, fault) == ({"apikey": "a", "x": ""}, None)
    assert texts('{"x":1,"x":2}') == {"x": "2"}
    for params in ({"symbol": 1, "SYMBOL": 2}, {f"p{number}": 1 for number in range(257)}):
        text = msgspec.json.encode({"id": 1, "method": "m", "params": params}).decode()
        fault = read_request(text).form[1]
        assert fault is not None
        assert fault.code == -1101


def test_the_signed_text() -> None:
    """WSA-003: sorted by name, without the signature, raw and as forms and browsers encode."""
    plain = {"b": "2", "signature": "x", "apiKey": "k", "a": "48500.0"}
    assert list(signed_texts(plain)) == [b"a=48500.0&apiKey=k&b=2"]
    odd = {"b": "x y", "a": "f/g:h!", "symbol": "币"}
    assert list(signed_texts(odd)) == [
        "a=f/g:h!&b=x y&symbol=币".encode(),
        b"a=f%2Fg%3Ah%21&b=x+y&symbol=%E5%B8%81",
        b"a=f%2Fg%3Ah!&b=x%20y&symbol=%E5%B8%81",
    ]


@given(
    st.dictionaries(
        st.text("abcXYZ_", min_size=1), st.text(st.characters(exclude_categories=["Cs"]))
    )
)
def test_digests_of_raw_and_of_encoded_values_are_accepted(params: dict[str, str]) -> None:
    """WSA-003: against the standard library's own encoding."""
    ordered = dict(sorted(params.items()))
    raw = "&".join(f"{name}={value}" for name, value in ordered.items()).encode()
    for text in (raw, urlencode(ordered).encode()):
        digest = hmac.new(SECRET, text, hashlib.sha256).hexdigest()
        proof = SignedParams({**params, "signature": digest})
        assert proof.is_sent()
        assert proof.is_by(Hmac(SECRET))
        assert not proof.is_by(Hmac(b"other"))
        assert not SignedParams({**params, "more": "1", "signature": digest}).is_by(Hmac(SECRET))


def test_signatures_that_cannot_be_one() -> None:
    """WSA-003."""
    assert not SignedParams({}).is_sent()
    assert not SignedParams({"signature": ""}).is_sent()
    assert not SignedParams({"signature": "0" * 3000}).is_by(Hmac(SECRET))
    assert not SignedParams({"signature": "é"}).is_by(Hmac(SECRET))
