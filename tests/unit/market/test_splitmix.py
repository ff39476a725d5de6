"""Chance of the simulated market."""

from perpbox.market.splitmix import NORMAL_BITS, SplitMix, key_of

DRAWS = 4_000


def test_streams_are_told_apart() -> None:
    """MKT-001: seed, name and step each open another stream; the same three the same one."""
    streams = [
        SplitMix(key_of(seed, name), step)
        for seed in (1, 2)
        for name in ("BTCUSDT", "ETHUSDT")
        for step in (0, 1)
    ]
    assert len({stream.next() for stream in streams}) == len(streams)
    assert SplitMix(key_of(1, "BTCUSDT"), 7).next() == SplitMix(key_of(1, "BTCUSDT"), 7).next()


def test_known_numbers() -> None:
    """MKT-001: the numbers of a seed stay the same in every version of Python and of perpbox."""
    stream = SplitMix(key_of(1, "BTCUSDT"))
    assert [stream.next() for _ in range(2)] == [0xBA9B9633B2C39A26, 0x936E6A3663AE84B4]


def test_normal_is_centred_with_deviation_one() -> None:
    """MKT-001: a biased step would drive every path up or down."""
    stream = SplitMix(key_of(3, "x"))
    draws = [stream.normal() for _ in range(DRAWS)]
    one = 1 << NORMAL_BITS
    assert abs(sum(draws)) < one * 4 * 64  # four standard errors of a sum of 4,000
    variance = sum(draw * draw for draw in draws)
    assert 9 * one * one * DRAWS < 10 * variance < 11 * one * one * DRAWS
    assert max(map(abs, draws)) < 4 * one


def test_below_and_bytes_keep_their_bounds() -> None:
    """MKT-001: a number is below its bound, bytes are as many as asked for."""
    stream = SplitMix(key_of(4, "x"))
    assert {stream.below(3) for _ in range(100)} == {0, 1, 2}
    assert [len(stream.some_bytes(count)) for count in (0, 1, 8, 40)] == [0, 1, 8, 40]
