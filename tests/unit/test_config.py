"""Settings: layers, readers, and messages that name the place a bad value came from."""

from fractions import Fraction
from pathlib import Path

import pytest

from perpbox import money
from perpbox.config import (
    Config,
    ConfigError,
    environment_layer,
    file_layer,
    flags_layer,
    is_loopback,
    load,
    options_layer,
)
from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.clock import PACES, Mode, Pace
from perpbox.gateway.ws.bounds import WsBounds
from perpbox.lab.founding import founding_of
from perpbox.lab.wishes import OpenedAccount
from perpbox.views.bounds import ViewBounds


def read(**options: object) -> Config:
    return load(options_layer(options))


def refusal(**options: object) -> str:
    with pytest.raises(ConfigError) as caught:
        read(**options)
    return str(caught.value)


def test_layers_later_wins(tmp_path: Path) -> None:
    """LAB-001: defaults < TOML file < environment < flags."""
    file = tmp_path / "box.toml"
    file.write_text('port = 1\nseed = 1\nsymbols = ["ETHUSDT"]\napi-date = 2024-01-02\n')
    config = load(
        file_layer(str(file)),
        environment_layer({"PERPBOX_PORT": "2", "PERPBOX_SEED": "2", "HOME": "/"}),
        flags_layer({"port": 3, "seed": None}),
    )
    assert (config.port, config.seed, config.symbols) == (3, 2, ("ETHUSDT",))
    assert config.api_date == "2024-01-02"
    assert config.host == "127.0.0.1"


def test_defaults_are_those_of_the_design() -> None:
    """LAB-001: without any layer the box is a simulated market on loopback, port 8800."""
    config = load()
    assert (config.host, config.port, config.clock, config.market) == (
        "127.0.0.1",
        8800,
        PACES[Mode.REAL],
        "sim",
    )
    assert config.rate_limits


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": "x"}, "option port: must be a whole number from 0 to 65535, not 'x'"),
        ({"port": 65536}, "option port: must be a whole number"),
        ({"port": True}, "option port: must be a whole number"),
        ({"clock": "slow"}, "option clock: a clock is real, frozen, jumping or a speed"),
        ({"clock": "0"}, "option clock: a clock is real, frozen, jumping or a speed"),
        ({"clock": True}, "option clock: a clock is real, frozen, jumping or a speed"),
        ({"clock": None, "market": "live"}, "option market: must be sim or recorded or none"),
        ({"symbols": "btc usdt"}, "option symbols: must be symbols such as"),
        ({"symbols": "btcusdt"}, "option symbols: must be symbols such as"),
        ({"symbols": ""}, "option symbols: must be symbols"),
        ({"api_date": "2026-13-01"}, "option api_date: must be a date"),
        ({"specs": "/no/such/file"}, "option specs: cannot read"),
        ({"seed": -1}, "option seed: must be a whole number from 0"),
        ({"rate_limits": "maybe"}, "option rate_limits: must be on or off"),
        ({"unrouted": "some"}, "option unrouted: must be all or strict"),
        ({"ws_deflate": "perhaps"}, "option ws_deflate: must be on or off"),
        ({"ws_queue_bytes": 100}, "option ws_queue_bytes: must be a whole number from 65536"),
        ({"operator_token": "/no/such/file"}, "option operator_token: cannot read"),
        ({"account": "short"}, "option account: must be KEY:SECRET:100000USDT"),
        ({"account": "keykeykey:secretsecret:1.123456789USDT"}, "must be a decimal amount"),
        ({"account": "keykeykey:secretsecret:USDT"}, "must be an amount and an asset"),
        ({"now": "yesterday", "clock": "frozen"}, "option now: 'yesterday' is neither"),
        ({"colour": "red"}, "option colour: there is no such setting; there are account"),
        ({"host": ""}, "option host: must be an address"),
    ],
)
def test_bad_value_names_its_place(options: dict[str, object], message: str) -> None:
    """LAB-002: a setting that cannot be used is refused with where it came from."""
    assert message in refusal(**options)


def test_secret_is_never_quoted() -> None:
    """LAB-002: the refusal of an account does not show its secret."""
    assert "topsecret" not in refusal(account="k:topsecret:1USDT")
    assert "topsecret" not in refusal(account="keykeykey:topsecret1:xUSDT")


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [("PERPBOX_PORT", "x", "PERPBOX_PORT: "), ("PERPBOX_PROT", "1", "PERPBOX_PROT: there is no")],
)
def test_environment_is_named(name: str, value: str, place: str) -> None:
    """LAB-002: a bad variable is named as it is spelled."""
    with pytest.raises(ConfigError, match=place):
        load(environment_layer({name: value}))


def test_file_is_named(tmp_path: Path) -> None:
    """LAB-002: a bad file, and a bad setting in it, are named with the path."""
    file = tmp_path / "box.toml"
    with pytest.raises(ConfigError, match="cannot read"):
        file_layer(str(file))
    file.write_text("port = ")
    with pytest.raises(ConfigError, match="is not TOML"):
        file_layer(str(file))
    file.write_text("port = 70000")
    with pytest.raises(ConfigError, match=r"box\.toml: port: must be"):
        load(file_layer(str(file)))


def test_where_a_box_is_kept(tmp_path: Path) -> None:
    """LAB-003: of ``data`` and ``ephemeral`` the later layer counts; both in one are refused."""
    default, ephemeral = options_layer({"data": "here"}), options_layer({"ephemeral": True})
    assert load(default).data == "here"
    assert load(default, ephemeral).data == ""
    assert load(default, ephemeral, options_layer({"data": tmp_path})).data == str(tmp_path)
    assert load(ephemeral, default).data == "here"
    assert "give either data or ephemeral" in refusal(data="here", ephemeral=True)
    assert "option data: must be a directory" in refusal(data="")
    assert "option fsync: must be always or batch or off" in refusal(fsync="sometimes")
    assert read(ephemeral=True) == Config()


def test_what_a_box_was_founded_with_stays() -> None:
    """JRN-012: settings that the journal depends on come from it; another one is refused."""
    founded = founding_of(read(data="kept", market="none", symbols="BTCUSDT", seed=5))
    again = read(data="kept", port=1).as_founded(founded)
    assert (again.market, again.symbols, again.seed, again.port) == ("none", ("BTCUSDT",), 5, 1)
    assert read(data="kept", market="none").as_founded(founded).symbols == ("BTCUSDT",)
    with pytest.raises(ConfigError, match="market: the box in kept was founded with another"):
        read(data="kept", market="sim").as_founded(founded)
    with pytest.raises(ConfigError, match=r"seed: .* \(5, not 6\): leave it out"):
        read(data="kept", seed=6).as_founded(founded)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("box.example", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    """LAB-004: only addresses of this machine count as loopback."""
    assert is_loopback(host) is expected


def test_other_addresses_need_own_keys(tmp_path: Path) -> None:
    """LAB-004: without keys and a token of its own a box is not put on the network."""
    token = tmp_path / "token"
    token.write_text("a-token-of-twenty-chars\n")
    account = "keykeykey:secretsecret:5USDT+1.5BNB"
    assert "add --account" in refusal(host="0.0.0.0")
    assert "add --account" in refusal(host="0.0.0.0", account=account)
    assert "add --account" in refusal(host="0.0.0.0", operator_token=str(token))
    config = read(host="0.0.0.0", account=account, operator_token=str(token))
    assert config.operator_token == "a-token-of-twenty-chars"
    assert config.account[0].wallets == {"USDT": 5 * money.SCALE, "BNB": 15 * money.SCALE // 10}


def test_token_must_be_long(tmp_path: Path) -> None:
    """LAB-004: a token that can be guessed is refused."""
    token = tmp_path / "token"
    token.write_text("short")
    assert "at least 16 letters" in refusal(operator_token=str(token))


@pytest.mark.parametrize(
    ("options", "start_ms"),
    [
        ({"clock": "frozen", "api_date": "2022-06-14"}, 1_655_164_800_000),
        ({"clock": "frozen", "now": "2022-06-14T08:00:00Z"}, 1_655_193_600_000),
        ({"clock": "frozen", "now": 1_655_193_600_000}, 1_655_193_600_000),
        ({"clock": "jumping", "now": "1655193600000"}, 1_655_193_600_000),
    ],
)
def test_where_a_standing_clock_starts(options: dict[str, object], start_ms: int) -> None:
    """LAB-005: a frozen clock starts at the API date, any but a real one where it is told to."""
    assert read(**options).make_clock().now_ms() == start_ms


def test_where_a_running_clock_starts() -> None:
    """LAB-005: a clock that runs starts at the wall clock."""
    for options in ({}, {"clock": "60"}):
        clock = read(**options).make_clock()
        assert abs(clock.now_ms() - clock.wall_ms()) < 600_000


def test_speed_is_exact() -> None:
    """LAB-005: a number as clock is a speed, read by its text."""
    for value in ("0.1", 0.1):
        assert read(clock=value).clock == Pace(Mode.SCALED, Fraction(1, 10))


def test_real_clock_cannot_be_set() -> None:
    """LAB-005: a time for a real clock is refused."""
    assert "a real clock cannot be set" in refusal(now="2024-01-01")


def test_bounds_are_tables_of_settings(tmp_path: Path) -> None:
    """NET-028: a bound that does not fit somebody's machine could not be changed."""
    file = tmp_path / "box.toml"
    file.write_text("[http]\nbody_bytes_max = 1000\n[ws]\nping_ms = 5\n[histories]\ncandles = 7\n")
    config = load(file_layer(str(file)))
    assert config.http == HttpBounds(body_bytes_max=1000)
    assert config.ws == WsBounds(ping_ms=5)
    assert config.histories == ViewBounds(candles=7)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"bodies": 1}, "there is no bound 'bodies'; there are body_bytes_max"),
        ({"idle_ms": 0}, "idle_ms must be a whole number from 1 to"),
        ({"idle_ms": True}, "idle_ms must be a whole number"),
        ("idle_ms=1", "must be a table of bounds"),
    ],
)
def test_a_bound_that_cannot_be_is_refused(table: object, message: str) -> None:
    """NET-028, LAB-002: a misspelt bound would silently stay what it was."""
    assert message in refusal(http=table)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """SEC-004: a traceback or a log line would tell them."""
    file = tmp_path / "token"
    file.write_text("the-operators-own-token")
    config = read(operator_token=str(file), account="own-key-1:own-secret:5USDT")
    assert config.operator_token == "the-operators-own-token"
    assert "own-key-1" in repr(config)
    for secret in ("the-operators-own-token", "own-secret"):
        assert secret not in repr(config)
        assert secret not in str([config, config.account])
    assert "own-secret" not in repr(OpenedAccount(1, "key", "own-secret"))
