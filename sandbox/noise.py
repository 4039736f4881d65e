"""Noise that can be repeated: numbers that look random, but depend only on the seed parts that the caller gives.

A random generator with a state would make each row depend on the rows made before it. Then a longer table would change
old values.
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

NoiseGrid = NDArray[np.float64]
StepNumbers = NDArray[np.int64]

_GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def _hash_64_bits(seed_parts: Iterable[object]) -> int:
    # the separator keeps ("ab", "c") and ("a", "bc") apart
    text = "\x1f".join(str(part) for part in seed_parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def noise_value(*seed_parts: object) -> float:
    """Return the number in [0, 1) that belongs to these seed parts."""
    return (_hash_64_bits(seed_parts) >> 11) / (1 << 53)


def noise_index(weights: Sequence[float], *seed_parts: object) -> int:
    """Return the index that belongs to these seed parts. Each index is as likely as its weight."""
    bounds = np.cumsum(weights)
    return int(np.searchsorted(bounds, noise_value(*seed_parts) * bounds[-1], side="right"))


def noise_grid(seed_parts: tuple[object, ...], entities: Sequence[str], steps: StepNumbers) -> NoiseGrid:
    """Return one number in [0, 1) for each entity and step.

    The method is SplitMix64 (https://prng.di.unimi.it/splitmix64.c), used as a hash of entity and step.

    Args:
        seed_parts: what the numbers belong to, such as the seed of the dataset and the name of a column.
        entities: one name per row of the result.
        steps: step numbers, one per column of the result.

    Returns:
        An array of shape (entities, steps).
    """
    base = np.array([_hash_64_bits((*seed_parts, entity)) for entity in entities], dtype=np.uint64)
    bits = base[:, None] + steps.astype(np.uint64)[None, :] * _GOLDEN_GAMMA
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX_FACTORS[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX_FACTORS[1]
    bits = bits ^ (bits >> np.uint64(31))
    values: NoiseGrid = (bits >> np.uint64(11)).astype(np.float64) / float(1 << 53)
    return values
