"""Which versions' journals this one replays to the same state.

A version is named here while every journal that it wrote still comes to its recorded hashes: a
test keeps one of each. When a rule changes, either it is switched by the version that a segment
names, or the old version leaves this list; then a journal that needs its records replayed is
refused, and the way out is to end the old version orderly once more, which leaves a snapshot.
"""

from typing import Final

REPLAYABLE: Final = ("0.1.0",)
