"""Client order ids that the exchange makes up: 22 letters and digits, a function of a number."""

from typing import Final

LENGTH: Final = 22
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(first + second for second in _ALPHABET for first in _ALPHABET)
"""Two letters at a time, the lower digit first: half the divisions of a 128-bit number."""
_PAIR: Final = len(_PAIRS)
_FOUR: Final = _PAIR**2
"""Four letters at a time, which is as far as one machine word goes in a division."""
_MASK: Final = 2**64 - 1


def _mixed(value: int) -> int:
    """Spread 64 bits (the finalizer of splitmix64, one to one)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def made_up_id(sequence: int) -> str:
    """The id for a sequence number; different numbers below 2**64 give different ids."""
    low = _mixed(sequence)
    rest = low | _mixed(low) << 64
    pairs = _PAIRS
    letters = ""
    for _ in range(LENGTH // 4):
        rest, four = divmod(rest, _FOUR)
        letters += pairs[four % _PAIR] + pairs[four // _PAIR]
    return letters + pairs[rest % _PAIR]
