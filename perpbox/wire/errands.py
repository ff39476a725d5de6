"""What the shell keeps for accounts outside of the log: countdowns and files to download."""

from collections.abc import Callable

from perpbox.wire.countdowns import Countdowns
from perpbox.wire.downloads import Downloads


class Errands:
    """One of each. ``now_ms`` is the clock they live by, ``make`` gives unguessable names."""

    __slots__ = ("countdowns", "downloads")

    def __init__(self, now_ms: Callable[[], int], make: Callable[[], str]) -> None:
        self.countdowns = Countdowns(now_ms)
        self.downloads = Downloads(now_ms, make)

    def clear(self) -> None:
        """Forget everything."""
        self.countdowns.clear()
        self.downloads.clear()
