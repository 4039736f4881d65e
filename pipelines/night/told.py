"""What was reported before, and what each person was told: kept in the private store."""

import contextlib
import dataclasses
import json
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog import keys
from catalog.release.digest import canonical
from catalog.store import Absent, Store, put_over
from pipelines.refresh.status import State


class _Stored(BaseModel):
    model_config = ConfigDict(strict=True)
    at: str | None = None
    releases: dict[str, int] = Field(default_factory=dict)
    states: dict[str, State] = Field(default_factory=dict)
    told: dict[str, dict[str, State]] = Field(default_factory=dict)


@dataclass
class ToldBefore:
    """What is known already."""

    at: str | None = None
    """When the report before was made."""
    releases: dict[str, int] = field(default_factory=dict)
    """By dataset, its newest release then."""
    states: dict[str, State] = field(default_factory=dict)
    """By dataset, how it stood then."""
    told: dict[str, dict[str, State]] = field(default_factory=dict)
    """By whom (a digest of the address), the state of each dataset that they have been told."""


def read(private: Store) -> ToldBefore:
    """Read what was told; one that is broken counts as nothing told, so that people hear twice rather than never."""
    with contextlib.suppress(Absent, ValueError, ValidationError, RecursionError):
        stored = _Stored.model_validate(json.loads(private.get(keys.NIGHT_TOLD).body))
        return ToldBefore(stored.at, stored.releases, stored.states, stored.told)
    return ToldBefore()


def write(private: Store, told: ToldBefore) -> None:
    """Keep what was told."""
    put_over(private, keys.NIGHT_TOLD, canonical(dataclasses.asdict(told)))
