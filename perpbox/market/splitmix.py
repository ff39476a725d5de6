"""Chance from a seed: splitmix64, integers only.

The generator is a 64-bit counter and a mixing function, so a stream can be opened at any
(seed, name, step) without drawing what came before: a path then depends on its grid alone.
"""

from typing import Final

_MASK: Final = (1 << 64) - 1
_GAMMA: Final = 0x9E3779B97F4A7C15
_LANE: Final = 0xFFFF
_LANES_MEAN: Final = 2 * _LANE
_ROOT_3_E16: Final = 113_512
"""sqrt(3) at 16 fractional bits: what scales the sum of four uniforms to a deviation of 1."""

NORMAL_BITS: Final = 16
"""Fractional bits of ``SplitMix.normal``."""


def mix(value: int) -> int:
    """Scramble 64 bits, one to one."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def key_of(seed: int, name: str) -> int:
    """Key of a named stream of a seed; other names give unrelated streams."""
    key = mix(seed & _MASK)
    for byte in name.encode():
        key = mix((key + _GAMMA * (byte + 1)) & _MASK)
    return key


class SplitMix:
    """A stream of 64-bit numbers from a key."""

    __slots__ = ("state",)

    def __init__(self, key: int, step: int = 0) -> None:
        self.state = mix((key + _GAMMA * step) & _MASK)

    def next(self) -> int:
        """The next number, 0..2**64 - 1."""
        self.state = state = (self.state + _GAMMA) & _MASK
        return mix(state)

    def below(self, bound: int) -> int:
        """A number 0..bound - 1; the bias is bound / 2**64."""
        return (self.next() * bound) >> 64

    def normal(self) -> int:
        """Bell-shaped, mean 0, deviation 1 at ``NORMAL_BITS`` fractional bits, within +-3.47.

        The sum of the four 16-bit lanes of one draw.
        """
        draw = self.next()
        lanes = (draw & _LANE) + (draw >> 16 & _LANE) + (draw >> 32 & _LANE) + (draw >> 48)
        return (lanes - _LANES_MEAN) * _ROOT_3_E16 >> NORMAL_BITS

    def some_bytes(self, count: int) -> bytes:
        """``count`` random bytes."""
        words = (count + 7) >> 3
        return b"".join(self.next().to_bytes(8, "little") for _ in range(words))[:count]
