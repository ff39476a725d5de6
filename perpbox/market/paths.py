"""The simulated market: a seeded price path for every contract, with a street around it.

Every contract moves once a step, on a grid of box time; the contracts of a step are spread
over its phases, so that no instant carries all of them. What happens at a step is drawn from
(seed, symbol, step) alone: the path does not depend on how often ``due`` is asked. Only a gap
longer than ``catch_up_steps_max`` steps is taken in that many larger steps, whose deviation
grows with the root of their length.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from math import gcd, isqrt
from typing import Final

import msgspec

from perpbox.engine.commands import (
    Command,
    SetDepth,
    SetFundingRate,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.symbol import Instrument
from perpbox.market.ladder import LadderShape, best_prices, ladder, price_bounds
from perpbox.market.source import Memory
from perpbox.market.splitmix import NORMAL_BITS, SplitMix, key_of
from perpbox.money import SCALE, Amount, Price, Qty, Rate

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
SEED_MAX: Final = 2**64 - 1
STEP_MS_MAX: Final = 60_000
PHASES_MAX: Final = 10
"""Instants into which a step is divided."""
VOLATILITY_MAX: Final = Rate(SCALE // 10)
JUMPS_PER_DAY_MAX: Final = 10_000
JUMP_SIZE_MAX: Final = Rate(SCALE // 10)
TRADES_PER_MINUTE_MAX: Final = 6_000
TRADES_PER_STEP_MAX: Final = 100
"""Prints of one contract at one step, whatever the rate and the length of the step say."""
DEPTH_EVERY_MAX: Final = 1_000
CATCH_UP_STEPS_MAX: Final = 10_000
PRICE_ROOM_BITS: Final = 1
"""The index keeps a factor of two away from the price bounds of the contract."""
PRINT_HALVINGS_MAX: Final = 8
FUNDING_BASE: Final = Rate(10_000)
"""0.01 % an interval: where funding lies when the market leans to neither side."""
FUNDING_DEVIATION: Final = Rate(5_000)

LAST: Final = "last instant"
PLANNED: Final = "planned instants"
"""Names in the memory of the source that are no symbols."""

_WHERE: Final = 6
"""Numbers that say where a path is; what follows them is the shape of its street."""
_CHANCE_BITS: Final = 64
_CHANCE_MASK: Final = (1 << _CHANCE_BITS) - 1
_INDEX_BITS: Final = 32
"""Fractional bits of the index beyond 8 decimals, so that cheap contracts walk evenly too."""
_RATE_BITS: Final = 40
"""Fractional bits of a relative price move."""


class SimSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the simulated market behaves. Rates are at scale 1e-8."""

    seed: int = 1
    step_ms: int = 500
    volatility: Rate = Rate(SCALE // 200)
    """Standard deviation of the index over one hour, jumps not counted."""
    jumps_per_day: int = 12
    jump_size: Rate = Rate(SCALE // 250)
    """Standard deviation of a jump."""
    trades_per_minute: int = 30
    """Street prints of each contract."""
    depth_every: int = 4
    """The street is renewed when its best price moves, and at every so many steps."""
    catch_up_steps_max: int = 120
    shape: LadderShape = LadderShape()

    def __post_init__(self) -> None:
        """Hold the bounds.

        Raises:
            ValueError: a number is outside its bound.
        """
        for name, lowest, highest in (
            ("seed", 0, SEED_MAX),
            ("step_ms", 1, STEP_MS_MAX),
            ("volatility", 0, VOLATILITY_MAX),
            ("jumps_per_day", 0, JUMPS_PER_DAY_MAX),
            ("jump_size", 0, JUMP_SIZE_MAX),
            ("trades_per_minute", 0, TRADES_PER_MINUTE_MAX),
            ("depth_every", 1, DEPTH_EVERY_MAX),
            ("catch_up_steps_max", 1, CATCH_UP_STEPS_MAX),
        ):
            value: int = getattr(self, name)
            if not lowest <= value <= highest:
                raise ValueError(f"{name} must be {lowest}..{highest}, not {value}")


class Path:
    """The market of one contract: index, street ladder and funding rate as they go."""

    __slots__ = (
        "_best",
        "_funding_key",
        "_highest",
        "_index",
        "_instrument",
        "_interval_ms",
        "_jump_chance",
        "_key",
        "_lowest",
        "_settings",
        "_shape",
        "_shown",
        "_step",
        "_step_variance",
        "_trade_chance",
        "_unprinted",
    )

    def __init__(self, instrument: Instrument, start: Price, settings: SimSettings) -> None:
        self._instrument = instrument
        self._settings = settings
        self._shape = settings.shape
        self._key = key_of(settings.seed, instrument.symbol)
        self._funding_key = key_of(settings.seed, f"funding of {instrument.symbol}")
        lowest, highest = price_bounds(instrument)
        self._lowest = lowest << _INDEX_BITS + PRICE_ROOM_BITS
        self._highest = max(self._lowest, highest << _INDEX_BITS - PRICE_ROOM_BITS)
        self._index = self._inside(start << _INDEX_BITS)
        self._step = 0
        self._interval_ms = instrument.funding_interval_hours * HOUR_MS
        self._best = (Price(0), Price(0))
        self._unprinted = [Qty(0), Qty(0)]
        deviation = (settings.volatility << _RATE_BITS) // SCALE
        self._step_variance = deviation * deviation * settings.step_ms // HOUR_MS
        self._jump_chance = _chance(settings.jumps_per_day, settings.step_ms, DAY_MS)
        self._trade_chance = _chance(settings.trades_per_minute, settings.step_ms, MINUTE_MS)

    @property
    def symbol(self) -> str:
        """The contract."""
        return self._instrument.symbol

    @property
    def shape(self) -> LadderShape:
        """How its street looks."""
        return self._shape

    def reshape(self, shape: LadderShape) -> None:
        """Renew the street in another shape at the next step."""
        self._shape = shape
        self._best = (Price(0), Price(0))
        self._unprinted = [Qty(0), Qty(0)]

    def open(self, step: int, now_ms: int) -> Iterator[Command]:
        """Prices, street, funding rate and a first print on either side."""
        chance = SplitMix(self._key, step)
        self._step = step
        index = Price(self._index >> _INDEX_BITS)
        yield SetPrices(self._instrument.symbol, index, by_formula=True)
        yield self._street(chance, index)
        yield self._rate(now_ms)
        yield from self._prints(chance, 1)

    def at(self, step: int, stamp_ms: int) -> Iterator[Command]:
        """What happens at ``step``, which is later than the last one."""
        chance = SplitMix(self._key, step)
        steps = step - self._step
        self._step = step
        yield from self._prints(chance, self._print_count(chance))
        self._move(chance, steps)
        index = Price(self._index >> _INDEX_BITS)
        yield SetPrices(self._instrument.symbol, index, by_formula=True)
        best = best_prices(self._instrument, index, self._shape.spread_ticks)
        if best != self._best or step % self._settings.depth_every == 0:
            yield self._street(chance, index)
        before_ms = stamp_ms - steps * self._settings.step_ms
        if self._interval(stamp_ms) != self._interval(before_ms):
            yield self._rate(stamp_ms)

    def memory(self) -> tuple[int, ...]:
        """Where the path is, and how its street looks."""
        shape = msgspec.structs.astuple(self._shape)
        return (self._index, self._step, *self._best, *self._unprinted, *shape)

    def recall(self, memory: tuple[int, ...]) -> None:
        """Go on from there; a street that is not in it looks as the settings say."""
        self._index, self._step, bid, ask, bid_left, ask_left = memory[:_WHERE]
        if len(memory) > _WHERE:
            levels, spread_ticks, gap_ticks, level_notional = memory[_WHERE:]
            self._shape = LadderShape(levels, spread_ticks, gap_ticks, Amount(level_notional))
        self._best = (Price(bid), Price(ask))
        self._unprinted = [Qty(bid_left), Qty(ask_left)]

    def _move(self, chance: SplitMix, steps: int) -> None:
        """Walk the index over ``steps`` steps at once."""
        deviation = isqrt(self._step_variance * steps)
        move = deviation * chance.normal()
        if chance.next() < self._jump_chance * steps:
            jump = (self._settings.jump_size << _RATE_BITS) // SCALE
            move += jump * chance.normal()
        self._index = self._inside(self._index + (self._index * move >> _RATE_BITS + NORMAL_BITS))

    def _inside(self, index: int) -> int:
        return max(self._lowest, min(index, self._highest))

    def _street(self, chance: SplitMix, index: Price) -> SetDepth:
        """A fresh ladder around the index."""
        shape = self._shape
        sizes = chance.some_bytes(2 * shape.levels)
        bids, asks = ladder(self._instrument, index, shape, sizes)
        self._best = (bids[0][0], asks[0][0])
        self._unprinted = [bids[0][1], asks[0][1]]
        return SetDepth(self._instrument.symbol, bids, asks, replace=True)

    def _print_count(self, chance: SplitMix) -> int:
        whole, part = self._trade_chance >> _CHANCE_BITS, self._trade_chance & _CHANCE_MASK
        return min(TRADES_PER_STEP_MAX, whole + (chance.next() < part))

    def _prints(self, chance: SplitMix, count: int) -> Iterator[StreetTrade]:
        """Prints at the best levels, together never more than the street shows there."""
        step = self._instrument.step_size
        for _ in range(count):
            side = chance.below(2)
            left = self._unprinted[side]
            if left < step:
                continue
            # Small prints are the common ones: the size is halved a random number of times.
            size = chance.below(left) >> chance.below(PRINT_HALVINGS_MAX)
            quantity = Qty(max(step, size - size % step))
            self._unprinted[side] = Qty(left - quantity)
            yield StreetTrade(
                self._instrument.symbol, self._best[side], quantity, buyer_is_maker=side == 0
            )

    def _interval(self, stamp_ms: int) -> int:
        """Number of the funding interval; a boundary itself still belongs to the one before."""
        return (stamp_ms - 1) // self._interval_ms

    def _rate(self, stamp_ms: int) -> SetFundingRate:
        """The rate of a funding interval, inside the cap of the contract."""
        chance = SplitMix(self._funding_key, self._interval(stamp_ms))
        rate = FUNDING_BASE + (FUNDING_DEVIATION * chance.normal() >> NORMAL_BITS)
        cap = self._instrument.funding_rate_cap
        if cap:
            rate = max(-cap, min(rate, cap))
        return SetFundingRate(self._instrument.symbol, Rate(rate))


class SimSource:
    """Paths of all served contracts, each from its reference price at the start."""

    def __init__(
        self,
        contracts: Iterable[tuple[Instrument, Price]],
        settings: SimSettings = SimSettings(),  # noqa: B008 (frozen)
    ) -> None:
        """``contracts``: each instrument with the price at which its path starts."""
        self._settings = settings
        self._phases = gcd(settings.step_ms, PHASES_MAX)
        self._phase_ms = settings.step_ms // self._phases
        self._paths: list[list[Path]] = [[] for _ in range(self._phases)]
        for place, (instrument, start) in enumerate(contracts):
            self._paths[place % self._phases].append(Path(instrument, start, settings))
        self._by_symbol = {path.symbol: path for paths in self._paths for path in paths}
        self._planned: deque[int] = deque()
        """Instants ahead, while a long gap is made up for in large steps."""
        self._last = 0
        """Instant played last; an instant is box time in ``phase_ms``."""

    def open(self, now_ms: int) -> Iterator[Command]:
        """Put every contract's market there; its path begins at the next step."""
        self._last = now_ms // self._phase_ms
        for phase, paths in enumerate(self._paths):
            for path in paths:
                yield from path.open((self._last - phase) // self._phases, now_ms)

    def expect(self, until_ms: int) -> None:
        """Plan a gap longer than ``catch_up_steps_max`` steps in that many larger ones."""
        first, last = self._last, until_ms // self._phase_ms
        rounds = self._settings.catch_up_steps_max
        if self._planned or last - first <= rounds * self._phases:
            return
        for done in range(1, rounds + 1):
            end = first + (last - first) * done // rounds
            self._planned.extend(range(end - self._phases + 1, end + 1))

    def due(self, until_ms: int) -> Iterator[tuple[int, Command]]:
        """Steps up to ``until_ms``."""
        self.expect(until_ms)
        last = until_ms // self._phase_ms
        while self._planned and self._planned[0] <= last:
            yield from self._play(self._planned.popleft())
        if not self._planned:
            for instant in range(self._last + 1, last + 1):
                yield from self._play(instant)

    def next_ms(self) -> int | None:
        """The next instant at which a contract moves."""
        ahead = range(self._last + 1, self._last + self._phases + 1)
        for instant in chain(self._planned, ahead):
            if self._paths[instant % self._phases]:
                return instant * self._phase_ms
        return None

    def memory(self) -> Memory:
        """The instant that was played last, those planned, and each contract's path."""
        paths = {path.symbol: path.memory() for phase in self._paths for path in phase}
        return {LAST: (self._last,), PLANNED: tuple(self._planned), **paths}

    def recall(self, memory: Memory) -> None:
        """Go on from there; a contract that was not there then begins at its start."""
        (self._last,) = memory[LAST]
        self._planned = deque(memory[PLANNED])
        for phase, paths in enumerate(self._paths):
            for path in paths:
                known = memory.get(path.symbol)
                if known is None:
                    known = (*path.memory()[:1], (self._last - phase) // self._phases, 0, 0, 0, 0)
                path.recall(known)

    def street_shape(self, symbol: str) -> LadderShape | None:
        """How the street of a contract looks; ``None`` for one that has no path."""
        path = self._by_symbol.get(symbol)
        return None if path is None else path.shape

    def shape_street(self, symbol: str, shape: LadderShape) -> None:
        """Let the street of a contract look so from the next step on."""
        path = self._by_symbol.get(symbol)
        if path is not None:
            path.reshape(shape)

    def _play(self, instant: int) -> Iterator[tuple[int, Command]]:
        self._last = instant
        step, phase = divmod(instant, self._phases)
        stamp_ms = instant * self._phase_ms
        for path in self._paths[phase]:
            for command in path.at(step, stamp_ms):
                yield stamp_ms, command


def _chance(count: int, step_ms: int, period_ms: int) -> int:
    """Expected number in one step of what happens ``count`` times in a period, in 2**-64."""
    return (count * step_ms << _CHANCE_BITS) // period_ms
