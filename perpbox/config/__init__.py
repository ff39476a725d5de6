"""Every setting of a box, one frozen object: defaults < TOML file < environment < flags.

A setting has one reader, whatever layer it comes from, and a bad value is refused with the
name of the place it came from: ``PERPBOX_PORT: port must be 0..65535, not 'x'``.
"""

from perpbox.config.layers import (
    Layer,
    environment_layer,
    file_layer,
    flags_layer,
    load,
    options_layer,
    setting_names,
)
from perpbox.config.settings import DEFAULT_SEED, TLS_HERE, Config, ConfigError, is_loopback

__all__ = [
    "DEFAULT_SEED",
    "TLS_HERE",
    "Config",
    "ConfigError",
    "Layer",
    "environment_layer",
    "file_layer",
    "flags_layer",
    "is_loopback",
    "load",
    "options_layer",
    "setting_names",
]
