"""The shipped recordings, opened: the market room itself touches no files."""

import gzip
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from perpbox.market.frames import Lines
from perpbox.market.playing import Recording
from perpbox.money import Rate, parse

_FOLDER: Final = files("perpbox.market") / "recordings"


def lines_of(*names: str) -> Lines:
    """Lines of shipped recordings, one file after the other, unpacked as they are read."""

    def lines() -> Iterator[bytes]:
        for name in names:
            with (_FOLDER / name).open("rb") as packed, gzip.open(packed) as unpacked:
                yield from unpacked

    return lines


RECORDINGS: Final[dict[str, Recording]] = {
    "2023-04-05": Recording(
        symbol="BTCUSDT",
        lines=lines_of("usdm_btcusdt_20230404.dat.gz", "usdm_btcusdt_20230405.dat.gz"),
    ),
    "2024-08-08": Recording(
        symbol="BTCUSDT",
        lines=lines_of("usdm_btcusdt_20240808.gz"),
        index_lines=lines_of("spot_btcusdt_20240808.gz"),
        # The rate settled at the end of the session; the recording itself shows none.
        funding_rate=Rate(parse("0.00004994")),
    ),
}
"""Shipped recordings by the day on which they end or run."""
DEFAULT_RECORDING: Final = "2023-04-05"
