"""The table of columns: what is missing, how values lie, how they drifted; hostile values stay text."""

import re
from typing import Any

import pytest
from worlds import World

from catalog import keys
from catalog.profile import document
from catalog.profile.bins import NumberHistogram, WideningHistogram
from catalog.profile.document import ColumnDrift, ColumnProfile, Profile, ReleaseProfile
from catalog.release import served
from catalog.site.column_table import ShownColumn, column_table, number, rounded, share
from catalog.site.sources import Reader, Released
from catalog.site.words import words


@pytest.fixture(scope="session")
def rivers(world: World) -> Released:
    return Reader(world.public).released(served.named(world.public, "rivers"))


@pytest.fixture(scope="session")
def profile(world: World) -> Profile:
    found = document.read(world.public, served.named(world.public, "rivers"))
    assert found is not None
    return found


def level(rivers: Released, profile: Profile, language: str = "en", **more: Any) -> ShownColumn:
    """The column `level`, with another profile."""
    column = ColumnProfile(**({"kind": "number", "missing": 3} | more))
    other = profile.model_copy(update={"columns": profile.columns | {"level": column}})
    return next(each for each in column_table(words(language), rivers, other) if each.field.name == "level")


def test_every_column_in_the_order_of_the_schema(rivers: Released, profile: Profile) -> None:
    columns = {each.field.name: each for each in column_table(words("en"), rivers, profile)}
    assert list(columns) == ["site", "day", "level", "level_flag", "state", "index"]
    assert columns["level_flag"].missing == "100%"
    assert columns["day"].range == ("2025-01-01", "2026-06-30")
    assert columns["level"].range == ("0 – 77",)
    assert [(each.text, each.share) for each in columns["state"].often] == [("Wet", "94.7%"), ("Dry", "5.3%")]
    assert columns["state"].counts == {"dry": 2, "wet": 36}
    assert columns["site"].counts == {}
    assert columns["site"].distinct == "2"


def test_without_a_profile_there_is_the_meaning_only(rivers: Released) -> None:
    for each in column_table(words("en"), rivers, None):
        assert each.field.description
        assert (each.missing, each.picture, each.drift, each.distinct) == ("", "", "", "")


def test_the_picture_says_where_most_values_lie(rivers: Released, profile: Profile) -> None:
    shown = level(rivers, profile, numbers=NumberHistogram(0, 5, 0, (1, 30, 5)))
    assert 'role="img"' in shown.picture
    assert "Distribution of level" in shown.picture
    assert "<desc>" not in shown.picture
    assert shown.says == "Most often it is 5 – 10: 83.3% of the values."
    wide = level(
        rivers, profile, numbers=NumberHistogram(0, 5, 0, (1, 30, 5)), widening=WideningHistogram((0, 1, 2), (9, 27))
    )
    assert "bars cover wider ranges" in wide.picture_note
    assert "1 – 2" in wide.says


def test_drift_is_a_small_line_of_the_mean(rivers: Released, profile: Profile) -> None:
    releases = tuple(ReleaseProfile(n=n, sha256="0", created="2026-07-01T08:00:00+08:00", rows=40) for n in (1, 2, 3))

    def drift(mean: tuple[float | None, ...], missing: tuple[int | None, ...] = (0, 0, 4)) -> str:
        told = ColumnDrift(missing=missing, low=mean, mean=mean, high=mean)
        other = profile.model_copy(update={"releases": releases, "drift": dict.fromkeys(profile.drift, told)})
        return str(level(rivers, other).drift)

    assert "Mean of the newest 3 releases: 1.5 to 4" in drift((1.5, None, 4.0))
    assert drift((2.0, 2.0, 2.0)) == "the same"
    assert "Share without a value in the newest 3 releases: 0% to 10%" in drift((None, None, None))
    assert drift((None, None, None), (None, None, None)) == ""


def test_hostile_values_stay_text(rivers: Released, profile: Profile) -> None:
    top = (("<script>alert(1)</script>", 30), ("x" * 60 + "\x00" + "0" * 16, 5), ("\u202egnp", 1))
    shown = level(rivers, profile, kind="text", distinct=3, top=top)
    assert [each.text for each in shown.often] == ["<script>alert(1)</script>", "x" * 60 + "…", "\u202egnp"]


def test_values_that_are_all_rare_are_not_listed(rivers: Released, profile: Profile) -> None:
    rare = tuple((f"v{i}", 1) for i in range(10))
    assert level(rivers, profile, kind="text", distinct=37, top=rare).often == ()
    assert level(rivers, profile, kind="text", distinct=None).distinct == "more than 500"
    assert level(rivers, profile, "zh-TW", kind="text", distinct=None).distinct == "超過 500"
    assert level(rivers, profile, distinct=None).distinct == ""
    yes = level(rivers, profile, kind="boolean", distinct=2, top=(("true", 30), ("false", 6)))
    assert [(each.text, each.share) for each in yes.often] == [("yes", "83.3%"), ("no", "16.7%")]
    assert level(rivers, profile, "zh-TW", kind="text", shortest=2, longest=2, distinct=0).says == "每個值都是 2 個字。"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-1234.5, "−1,234.5"), (121.82463916, "121.82464"), (123456789, "123,456,789"), (1e300, "1e+300"),
     (2**53, "9.01e+15"), (0.00002, "2e−05")],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_means_and_shares() -> None:
    assert [rounded(each) for each in (29.5712, 2421.896, 0.1649, -1e20)] == ["29.6", "2,422", "0.165", "−1e+20"]
    assert [share(*each) for each in ((0, 9), (1, 8317), (30, 8317), (8316, 8317), (9, 9), (0, 0))] == [
        "0%", "<0.1%", "0.4%", "99.9%", "100%", "0%"
    ]  # fmt: skip


def test_the_page_has_one_table_with_a_body_for_each_column(html: dict[str, str]) -> None:
    for language in keys.LANGUAGES:
        page = html[keys.dataset_page("rivers", language)]
        table = page[page.index('<table class="columns">') :].partition("</table>\n</div>")[0]
        assert re.findall(r'<tbody id="column-(\d)">', table) == list("123456")
        assert table.count("<details>") == 6
        assert table.count('<th scope="col"') >= 7
