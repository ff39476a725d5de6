"""Where settings come from: keywords, flags, the environment, a TOML file; put together."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from perpbox.config.settings import Config, ConfigError
from perpbox.config.values import READERS
from perpbox.gateway.clock import Mode

ENVIRONMENT_PREFIX: Final = "PERPBOX_"
CONFIG_FILE_BYTES_MAX: Final = 1_000_000


class Layer(msgspec.Struct, frozen=True):
    """Values of one origin: setting name -> (where it came from, value)."""

    values: Mapping[str, tuple[str, object]]


def options_layer(options: Mapping[str, object]) -> Layer:
    """Keywords of ``Box``; ``None`` means: not given."""
    return Layer(
        {name: (f"option {name}", v) for name, v in options.items() if v is not None},
    )


def flags_layer(flags: Mapping[str, object]) -> Layer:
    """Values of the command line; ``None`` means: not given."""
    return Layer(
        {n: (f"--{n.replace('_', '-')}", v) for n, v in flags.items() if v is not None},
    )


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """Variables such as ``PERPBOX_PORT=8801``; lists are separated by commas."""
    values: dict[str, tuple[str, object]] = {}
    for variable, text in environment.items():
        if variable.startswith(ENVIRONMENT_PREFIX):
            values[variable.removeprefix(ENVIRONMENT_PREFIX).lower()] = (variable, text)
    return Layer(values)


def file_layer(path: str) -> Layer:
    """Settings of a TOML file, with the names of the flags (``api-date`` or ``api_date``)."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(CONFIG_FILE_BYTES_MAX + 1)
        if len(content) > CONFIG_FILE_BYTES_MAX:
            raise ConfigError(f"--config: {path} is larger than {CONFIG_FILE_BYTES_MAX} bytes")
        table = tomllib.loads(content.decode())
    except OSError as error:
        raise ConfigError(f"--config: cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"--config: {path} is not TOML: {error}") from None
    return Layer({n.replace("-", "_"): (f"{path}: {n}", v) for n, v in table.items()})


def load(*layers: Layer) -> Config:
    """Put layers together, the later one wins, and check every value.

    Raises:
        ConfigError: a setting is unknown or its value cannot be used.
    """
    merged: dict[str, tuple[str, object]] = {}
    for layer in layers:
        if {"data", "ephemeral"} <= layer.values.keys():
            raise ConfigError(f"{layer.values['ephemeral'][0]}: give either data or ephemeral")
        for name, found in layer.values.items():
            merged.pop(name, None)  # so that of data and ephemeral the later layer's counts
            merged[name] = found
    settings: dict[str, object] = {}
    for name, (origin, value) in merged.items():
        reader = READERS.get(name)
        if reader is None:
            known = ", ".join(sorted(READERS))
            raise ConfigError(f"{origin}: there is no such setting; there are {known}")
        try:
            settings |= reader(value)
        except ValueError as error:
            raise ConfigError(f"{origin}: {error}") from None
    config = replace(Config(), **settings, given=frozenset(merged) - {"data", "ephemeral"})
    _check_together(config)
    return config


def _check_together(config: Config) -> None:
    if config.now_ms is not None and config.clock.mode is Mode.REAL:
        raise ConfigError("now: a real clock cannot be set; add --clock frozen, jumping or a speed")
    if not config.is_loopback and not (config.account and config.operator_token):
        raise ConfigError(
            f"host: {config.host} can be reached by others, so the box needs keys of your own: "
            "add --account KEY:SECRET:100000USDT and --operator-token FILE"
        )

    if bool(config.tls_cert) != bool(config.tls_key):
        raise ConfigError(
            "tls_cert, tls_key: a certificate needs its key and a key its certificate"
        )
    if config.tls_cert and config.tls_self_signed:
        raise ConfigError("tls_self_signed: there is a certificate of your own (tls_cert)")


def setting_names() -> Iterable[str]:
    """Names of all settings, as TOML and the environment spell them."""
    return READERS.keys()
