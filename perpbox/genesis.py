"""From settings to what a box starts with: contracts, market source, accounts of the start."""

from collections.abc import Callable
from typing import Final

import msgspec

from perpbox.config import DEFAULT_SEED, Config, ConfigError
from perpbox.gateway.clock import wall_clock_ms
from perpbox.gateway.recordings import DEFAULT_RECORDING, RECORDINGS
from perpbox.lab.desk import Genesis
from perpbox.lab.wishes import Grant
from perpbox.market.paths import SimSource
from perpbox.market.recorded import RecordedSource
from perpbox.market.source import NoSource, Source
from perpbox.money import SCALE, Amount
from perpbox.specs import Catalogue, SpecError, catalogue
from perpbox.wire.vintage import Vintage

DEMO_KEY: Final = "demokey0" * 8
DEMO_SECRET: Final = "secret00" * 8
DEMO: Final = Grant(DEMO_KEY, DEMO_SECRET, {"USDT": Amount(100_000 * SCALE)}, "demo")
"""The account of a loopback box that names none of its own. Fixed and public."""


def genesis_of(
    config: Config, *, wall_ms: Callable[[], int] = wall_clock_ms, record: bool = False
) -> Genesis:
    """What a box with these settings starts with.

    Raises:
        ConfigError: contracts or specifications cannot be used.
    """
    contracts = _catalogue(config)
    return Genesis(
        catalogue=contracts,
        vintage=Vintage(config.api_date),
        market=config.market,
        make_source=_source_maker(config, contracts),
        grants=config.account or ((DEMO,) if config.is_loopback else ()),
        credentials_seed=config.seed if config.is_loopback else None,
        liquidation=config.liquidation,
        insurance_fund_initial=config.insurance_fund_initial,
        margin_call_ratio=config.margin_call_ratio,
        accounts_max=config.accounts_max,
        view_bounds=config.histories,
        record=record,
        listen_keys_on_box_time=config.listen_keys == "box",
        countdowns_on_box_time=config.countdowns == "box",
        wall_ms=wall_ms,
    )


def _catalogue(config: Config) -> Catalogue:
    symbols = config.symbols or None
    if config.market == "recorded":
        recorded = RECORDINGS[config.recording or DEFAULT_RECORDING].symbol
        symbols = symbols or (recorded,)
        if recorded not in symbols:
            raise ConfigError(f"symbols: the recording is of {recorded}, so name it too")
    try:
        return catalogue(symbols, config.specs)
    except SpecError as error:
        raise ConfigError(f"specs or symbols: {error}") from None


def _source_maker(config: Config, contracts: Catalogue) -> Callable[[], Source]:
    def make() -> Source:
        if config.market == "none":
            return NoSource()
        if config.market == "recorded":
            recording = RECORDINGS[config.recording or DEFAULT_RECORDING]
            return RecordedSource(recording, contracts.instruments[recording.symbol])
        starts = [
            (instrument, contracts.reference_price(symbol))
            for symbol, instrument in contracts.instruments.items()
        ]
        seed = DEFAULT_SEED if config.seed is None else config.seed
        return SimSource(starts, msgspec.structs.replace(config.sim, seed=seed))

    return make
