"""The control protocol, request by request."""

import json

import pytest

from perpbox.wire.streams.control import Control, Outcome

VARIANTS = (
    "expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, "
    "`GET_PROPERTY`"
)


def error(code: int, msg: str, request_id: object = 1) -> dict[str, object]:
    return {"error": {"code": code, "msg": msg}, "id": request_id}


def answer(control: Control, text: str) -> object:
    decoded: object = json.loads(control.handle(text).reply)
    return decoded


@pytest.mark.parametrize(
    "request_id",
    [
        "1",
        "-7",
        "0",
        '"1b9d6bcd"',
        '""',
        "null",
        "1.50",
        "18446744073709551616",
        "true",
        '{"a":[1]}',
    ],
)
def test_any_id_is_echoed_as_it_was_written(request_id: str) -> None:
    """WSS-050: clients send numbers and UUIDs, and look for them letter by letter."""
    text = f'{{"id": {request_id} , "method": "LIST_SUBSCRIPTIONS"}}'
    assert Control().handle(text).reply == b'{"result":[],"id":%s}' % request_id.encode()
    wrong = f'{{"method":"SET_PROPERTY","params":["x",true],"id":{request_id}}}'
    assert Control().handle(wrong).reply.endswith(b'"id":%s}' % request_id.encode())


def test_without_an_id_nothing_is_carried_out() -> None:
    """WSS-051: as documented."""
    control = Control()
    outcome = control.handle('{"method":"SUBSCRIBE","params":["a"]}')
    assert outcome.added == ()
    assert json.loads(outcome.reply) == error(
        2, "Invalid request: request ID must be an unsigned integer", None
    )


def test_subscribing_is_acknowledged_whatever_the_name() -> None:
    """WSS-052: unknown streams are no error on the venue."""
    control = Control(["a"])
    text = '{"method":"SUBSCRIBE","params":["b","a","b","NO@SUCH"],"id":1}'
    assert control.handle(text) == Outcome(b'{"result":null,"id":1}', added=("b", "NO@SUCH"))
    listed = answer(control, '{"method":"LIST_SUBSCRIPTIONS","id":2}')
    assert listed == {"result": ["a", "b", "NO@SUCH"], "id": 2}
    text = '{"method":"UNSUBSCRIBE","params":["c","a"],"id":312}'
    assert control.handle(text) == Outcome(b'{"result":null,"id":312}', removed=("a",))
    assert list(control.names) == ["b", "NO@SUCH"]


def test_two_hundred_names_in_one_request() -> None:
    """WSS-052: measured to be accepted."""
    names = [f"s{number}@depth" for number in range(200)]
    control = Control()
    outcome = control.handle(json.dumps({"method": "SUBSCRIBE", "params": names, "id": 1}))
    assert list(outcome.added) == names


def test_the_property_of_a_connection() -> None:
    """WSS-027."""
    control = Control(combined=True)
    read = '{"method":"GET_PROPERTY","params":["combined"],"id":2}'
    assert answer(control, read) == {"result": True, "id": 2}
    text = '{"method":"SET_PROPERTY","params":["combined",false],"id":5}'
    assert answer(control, text) == {"result": None, "id": 5}
    assert answer(control, read) == {"result": False, "id": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"method":"GET_PROPERTY","params":["x"],"id":1}', error(0, "Unknown property")),
        ('{"method":"SET_PROPERTY","params":["x",true],"id":1}', error(0, "Unknown property")),
        (
            '{"method":"SET_PROPERTY","params":["combined","true"],"id":1}',
            error(1, "Invalid value type: expected Boolean"),
        ),
        (
            '{"method":"SET_PROPERTY","params":["combined"],"id":1}',
            error(1, "Invalid value type: expected Boolean"),
        ),
        (
            '{"method":"SET_PROPERTY","params":[1,true],"id":1}',
            error(2, "Invalid request: property name must be a string"),
        ),
        (
            '{"method":"GET_PROPERTY","id":1}',
            error(2, "Invalid request: property name must be a string"),
        ),
        (
            '{"method":"GET_PROPERTY","params":["combined",1],"id":1}',
            error(2, "Invalid request: too many parameters"),
        ),
        (
            '{"method":"SET_PROPERTY","params":["combined",true,1],"id":1}',
            error(2, "Invalid request: too many parameters"),
        ),
        (
            '{"method":"LIST_SUBSCRIPTIONS","params":["a"],"id":1}',
            error(2, "Invalid request: too many parameters"),
        ),
        (
            '{"method":"subscribe","id":1}',
            error(
                2,
                f"Invalid request: unknown variant `subscribe`, {VARIANTS} at line 1 column 21",
            ),
        ),
        (
            '{"params":["é"],\n "method":"X","id":1}',
            error(2, f"Invalid request: unknown variant `X`, {VARIANTS} at line 2 column 13"),
        ),
        (
            '{"method":7,"id":1}',
            error(2, f"Invalid request: unknown variant `7`, {VARIANTS} at line 1 column 11"),
        ),
        (
            '{"params":["é"],"id":1}',
            error(2, "Invalid request: missing field `method` at line 1 column 24"),
        ),
        ("[1]", error(2, "Invalid request: missing field `method` at line 1 column 3", None)),
        ("", error(3, "Invalid JSON: expected value at line 1 column 0", None)),
        ("ping", error(3, "Invalid JSON: expected value at line 1 column 1", None)),
        ('{"id":1,}', error(3, "Invalid JSON: expected value at line 1 column 9", None)),
        ('{"id":1} x', error(3, "Invalid JSON: expected value at line 1 column 10", None)),
        ('{\n"id":x}', error(3, "Invalid JSON: expected value at line 2 column 6", None)),
        ('{"id":NaN}', error(3, "Invalid JSON: expected value at line 1 column 7", None)),
        ("{'id':1}", error(3, "Invalid JSON: expected value at line 1 column 2", None)),
        ('{"id" 1}', error(3, "Invalid JSON: expected value at line 1 column 7", None)),
        ('{"id":1', error(3, "Invalid JSON: expected value at line 1 column 7", None)),
    ],
)
def test_wrong_requests_are_answered_with_the_texts_of_the_venue(
    text: str, expected: dict[str, object]
) -> None:
    """WSS-053: clients match code and text."""
    assert answer(Control(), text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"method":"SUBSCRIBE","params":"btcusdt@depth","id":1}',
        '{"method":"SUBSCRIBE","params":{},"id":1}',
        '{"method":"SUBSCRIBE","params":[1],"id":1}',
        '{"method":"SUBSCRIBE","params":["a",null],"id":1}',
        '{"method":"SUBSCRIBE","params":[""],"id":1}',
        '{"method":"SUBSCRIBE","params":["%s"],"id":1}' % ("a" * 257),
        '{"method":"UNSUBSCRIBE","params":["\\ud800"],"id":1}',
    ],
)
def test_names_that_cannot_be_are_refused_and_nothing_is_subscribed(text: str) -> None:
    """WSS-054: half of a list would be subscribed, or memory filled with names."""
    control = Control()
    outcome = control.handle(text)
    assert json.loads(outcome.reply)["error"]["code"] == 2
    assert (outcome.added, outcome.removed, outcome.close) == ((), (), None)
    assert not control.names


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"id":' * 100_000,
        '{"id":%s}' % ("[" * 100_000),
        '{"id":%s,"method":"LIST_SUBSCRIPTIONS"}' % ("9" * 100_000),
    ],
)
def test_monsters_are_malformed(text: str) -> None:
    """WSS-055: deep nesting or endless numbers would crash the parser."""
    assert json.loads(Control().handle(text).reply)["error"]["code"] == 3


def test_a_surrogate_in_the_id_does_no_harm() -> None:
    """WSS-055: an escape stays an escape."""
    text = '{"method":"LIST_SUBSCRIPTIONS","id":"\\ud800"}'
    assert Control().handle(text).reply == b'{"result":[],"id":"\\ud800"}'
    wrong = json.loads(Control().handle('{"method":"\\ud800","id":1}').reply)
    assert wrong["error"]["code"] == 2


def test_too_many_streams_end_the_connection() -> None:
    """WSS-046."""
    control = Control(f"s{number}" for number in range(1000))
    names = [f"t{number}" for number in range(25)]
    outcome = control.handle(json.dumps({"method": "SUBSCRIBE", "params": names, "id": 9}))
    assert json.loads(outcome.reply) == error(4, "Too many subscriptions", 9)
    assert outcome.close == (1008, "Invalid request")
    assert len(control.names) == 1000
