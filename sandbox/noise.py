"""Numbers that look random and are the same always: a function of who asks, never of when or how often.

A generator with a state would make a row depend on the rows made before it, so that a longer table changes old values.
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float64]
Ticks = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def _word(parts: Iterable[object]) -> int:
    # the separator keeps ("ab", "c") and ("a", "bc") apart
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def unit(*parts: object) -> float:
    """Return the number in [0, 1) that belongs to these parts."""
    return (_word(parts) >> 11) / (1 << 53)


def pick(weights: Sequence[float], *parts: object) -> int:
    """Return the index that belongs to these parts, each as likely as its weight."""
    bounds = np.cumsum(weights)
    return int(np.searchsorted(bounds, unit(*parts) * bounds[-1], side="right"))


def grid(parts: tuple[object, ...], entities: Sequence[str], ticks: Ticks) -> Grid:
    """Return numbers in [0, 1), one row per entity and one column per tick.

    Source:
        SplitMix64, https://prng.di.unimi.it/splitmix64.c, used as a hash of (entity, tick).
    """
    base = np.array([_word((*parts, entity)) for entity in entities], dtype=np.uint64)
    z = base[:, None] + ticks.astype(np.uint64)[None, :] * _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _MIX[0]
    z = (z ^ (z >> np.uint64(27))) * _MIX[1]
    z = z ^ (z >> np.uint64(31))
    unit_numbers: Grid = (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)
    return unit_numbers
