import pytest

from perpbox.engine.types import Side
from perpbox.money import SCALE
from perpbox.wire.errors import WireError
from perpbox.wire.kinds import (
    Choice,
    ClientOrderId,
    Decimal,
    Flag,
    JsonList,
    Kind,
    OneOfWhole,
    Symbol,
    Text,
    Whole,
)
from perpbox.wire.order_params import PLACE
from perpbox.wire.params import Param, Params, ParamTable

KNOWN = {"BTCUSDT", "币安USDT"}


def read(kind: Kind, text: str, *, mandatory: bool = False) -> object:
    table = ParamTable((Param("someName", kind, mandatory=mandatory),))
    return table.read({"somename": text}, KNOWN).values["someName"]


def refusal(kind: Kind, text: str, *, mandatory: bool = False) -> tuple[int, str]:
    with pytest.raises(WireError) as caught:
        read(kind, text, mandatory=mandatory)
    return caught.value.code, caught.value.msg


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Symbol(), "BTCUSDT", "BTCUSDT"),
        (Symbol(), "btcusdt", "BTCUSDT"),
        (Symbol(), "币安usdt", "币安USDT"),
        (Whole(), "0", 0),
        (Whole(), "9223372036854775807", 2**63 - 1),
        (Whole(1, 500, clip=True), "900", 500),
        (Decimal(), "0.1", SCALE // 10),
        (Decimal(), "-1", -SCALE),
        (Decimal(), "1e-3", SCALE // 1000),
        (Decimal(), "0.100000000000", SCALE // 10),
        (Flag(), "true", True),
        (Flag(), "False", False),
        (Choice({"BUY": 1}), "BUY", 1),
        (OneOfWhole((1, 2)), "2", 2),
        (ClientOrderId(), "a.B:/_-9", "a.B:/_-9"),
        (JsonList(3, code=-4082), '[1, "2", {"a": 0.10}]', ["1", "2", {"a": "0.10"}]),
    ],
)
def test_values(kind: Kind, text: str, value: object) -> None:
    """WIR-008, WIR-009, WIR-010."""
    assert read(kind, text) == value


@pytest.mark.parametrize("text", ["NaN", "inf", "0x10", "1,5", "--1", ".", "1" * 41, "1e99", "１"])
def test_what_is_no_decimal_is_malformed(text: str) -> None:
    """WIR-008."""
    code, msg = refusal(Decimal(), text)
    assert code == -1102
    assert "'somename'" in msg


def test_too_many_decimals() -> None:
    """WIR-008."""
    assert refusal(Decimal(), "0.34999999999999")[0] == -1111


@pytest.mark.parametrize("text", ["1.5", "abc", "1e3", "9" * 20, " 1", "٣", "0x1"])
def test_what_is_no_whole_number(text: str) -> None:
    """WIR-006, WIR-007."""
    assert refusal(Whole(), text)[0] == -1130
    assert refusal(Whole(), text, mandatory=True)[0] == -1102


@pytest.mark.parametrize(
    ("kind", "text", "code", "msg"),
    [
        (Whole(1, 1500), "1501", -1130, "Data sent for parameter 'somename' is not valid."),
        (Whole(1, 1500), "0", -1130, "Data sent for parameter 'somename' is not valid."),
        (Whole(), "-1", -1130, "Data sent for parameter 'somename' is not valid."),
        (OneOfWhole((5, 10), code=-4021), "7", -4021, "7 is not valid depth limit"),
        (Whole(1, 125, code=-4028), "0", -4028, "Leverage 0 is not valid"),
        (Symbol(), "NOPE", -1121, "Invalid symbol."),
        (Symbol(), "A" * 1_000_000, -1121, "Invalid symbol."),
        (Choice({"BUY": 1}, code=-1117), "buy", -1117, "Invalid side."),
        (Choice({"1m": 1}, code=-1120), "1s", -1120, "Invalid interval."),
        (Choice({"A": 1}), "B", -1130, "Data sent for parameter 'somename' is not valid."),
        (Flag(), "yes", -1130, "Data sent for parameter 'somename' is not valid."),
        (ClientOrderId(), "no blanks", -4015, "Client order id is not valid."),
        (ClientOrderId(), "x" * 37, -4015, "Client order id is not valid."),
        (Text(3), "abcd", -1130, "Data sent for parameter 'somename' is not valid."),
        (JsonList(2, code=-4082), "[]", -4082, "Invalid number of batch place orders."),
        (JsonList(2, code=-4082), "[1,2,3]", -4082, "Invalid number of batch place orders."),
    ],
)
def test_refusals(kind: Kind, text: str, code: int, msg: str) -> None:
    """WIR-007, WIR-009, WIR-010, WIR-019, WIR-025."""
    assert refusal(kind, text) == (code, msg)


def test_control_characters_are_illegal() -> None:
    """WIR-005."""
    assert refusal(Text(), "a\x00b")[0] == -1100


@pytest.mark.parametrize("text", ["{}", "[", "x", "[" * 100_000])
def test_what_is_no_json_list(text: str) -> None:
    """WIR-025."""
    assert refusal(JsonList(5, code=-4082), text, mandatory=True)[0] == -1102


def test_presence_comes_before_values() -> None:
    """WIR-006."""
    table = ParamTable(
        (Param("symbol", Symbol(), mandatory=True), Param("side", Flag(), mandatory=True))
    )
    for sent in ({"symbol": "NOPE"}, {"symbol": "NOPE", "side": ""}):
        with pytest.raises(WireError) as caught:
            table.read(sent, KNOWN)
        assert caught.value.msg == (
            "Mandatory parameter 'side' was not sent, was empty/null, or malformed."
        )


def test_an_empty_optional_parameter_is_refused() -> None:
    """WIR-007."""
    assert refusal(Whole(), "") == (-1105, "Parameter 'somename' was empty.")


def test_defaults_and_unknown_names() -> None:
    """WIR-012."""
    table = ParamTable((Param("limit", Whole(1, 10), default=5), Param("fromId", Whole())))
    params = table.read({"stray": "x"}, KNOWN)
    assert params.number("limit") == 5
    assert params.number_or_none("fromId") is None
    assert not params.has("fromId")


def test_typed_access_refuses_another_type() -> None:
    """WIR-012."""
    with pytest.raises(AssertionError):
        Params({"limit": "5"}).number("limit")


GOOD = {"symbol": "btcusdt", "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "2.5"}


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"side": "UP", "price": "x"}, -1117),
        ({"price": "x", "quantity": "1.123456789"}, -1111),
        ({"symbol": "NOPE", "side": "UP"}, -1121),
        ({"side": "", "type": "NOPE"}, -1102),
        ({"price": "", "reduceonly": "maybe"}, -1130),
        ({"goodtilldate": "soon", "price": ""}, -1105),
    ],
)
def test_of_several_faults_the_first_declared_is_told(faults: dict[str, str], code: int) -> None:
    """WIR-039: however they were sent."""
    sent = {**GOOD, **faults}
    for order in (sent, dict(reversed(sent.items()))):
        with pytest.raises(WireError) as caught:
            PLACE.read(order, KNOWN)
        assert caught.value.code == code


def test_parameters_come_out_the_same_in_whatever_order_they_are_sent() -> None:
    """WIR-039: and those that are not sent have their defaults."""
    values = PLACE.read(GOOD, KNOWN).values
    assert values == PLACE.read(dict(reversed(GOOD.items())), KNOWN).values
    assert list(values) == [param.name for param in PLACE.params]
    assert values["symbol"] == "BTCUSDT"
    assert (values["price"], values["side"], values["timeInForce"]) == (
        5 * SCALE // 2,
        Side.BUY,
        None,
    )
