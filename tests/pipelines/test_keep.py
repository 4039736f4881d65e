"""For how long things are kept: days, with a floor that nobody can go below."""

import pytest

from catalog.errors import DecisionError
from pipelines import settings
from pipelines.keep import FLOOR_DAYS, VARIABLES, Keep, read


def test_what_is_not_said_is_as_by_default() -> None:
    assert read({}) == Keep()
    assert read({"MINSHENG_KEEP_RUNS": "400", "MINSHENG_KEEP_UNNAMED": ""}) == Keep(runs=400)


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("said", ["0", "-3", "1.5", "90d", "999999", "٣"])
def test_the_floor_cannot_be_undercut(name: str, said: str) -> None:
    assert read({name: str(FLOOR_DAYS)}) != Keep()
    with pytest.raises(DecisionError, match=f"{name}: expected a whole number of days from 1 to 36500"):
        read({name: said})


def test_they_are_settings() -> None:
    assert settings.read({"MINSHENG_KEEP_CANDIDATES": "30"}).keep == Keep(candidates=30)
