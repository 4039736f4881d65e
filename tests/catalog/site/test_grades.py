"""What pages say of a score: criteria in words, advice, history, the badge."""

from xml.etree import ElementTree

import pytest

from catalog.score.criteria import CRITERIA, HEADS
from catalog.score.scores import Score, ScoredRelease
from catalog.site import grades, pages, views
from catalog.site.pages import Entry
from catalog.site.words import words

EN, ZH = words("en"), words("zh-TW")


@pytest.fixture(scope="module")
def score(entries: list[Entry]) -> Score:
    found = next(each.score for each in entries if each.slug == "rivers")
    assert found
    return found


@pytest.fixture(scope="module")
def titles(entries: list[Entry]) -> dict[str, str]:
    one = next(each.newest for each in entries if each.slug == "rivers")
    assert one
    return {each.name: each.title for each in views.fields(EN, one)}


def test_every_criterion_stands_under_its_head_with_result_reason_and_weight(
    score: Score, titles: dict[str, str]
) -> None:
    for language in (EN, ZH):
        found = grades.heads(language, score, titles)
        assert [each.id for each in found] == list(HEADS)
        lines = [line for head in found for line in head.criteria]
        assert [line.id for line in lines] == [each.id for each in CRITERIA]
        assert sum(line.weight for line in lines) == 100
        assert all(line.name and line.says and line.why for line in lines)


def test_results_have_the_figures_of_the_release(score: Score, titles: dict[str, str]) -> None:
    found = {line.id: line for head in grades.heads(EN, score, titles) for line in head.criteria}
    assert found["kept"].says.startswith("Left out or without a value: 2 of 39 rows.")
    assert found["checks"].says.startswith("5 of 9 checks were met by every row.")
    assert (
        found["promptly"].says == "It was published less than a minute after it was fetched; up to 30 days is in time."
    )
    assert found["today"].says == "State: Up to date."
    assert found["rules"].columns == "level_flag"
    assert (found["periods"].value, found["periods"].says) == (None, "Cannot be judged here, and does not count.")


def test_advice_names_what_would_raise_the_score_most_first(score: Score, titles: dict[str, str]) -> None:
    found = grades.advice(EN, score, titles)
    gains = [float(each.gain.split()[0]) for each in found if each.gain.startswith("+")]
    assert gains == sorted(gains, reverse=True)
    assert [each.name for each in found if each.gain == "not judged yet"] == ["Rows for each period"]
    assert len(found) == sum(each.value != 1 for each in score.criteria)
    assert score.score is not None
    assert score.score + sum(gains) == pytest.approx(100, abs=1.5)


def past(n: int, points: int | None, **values: float | None) -> ScoredRelease:
    every = dict.fromkeys((each.id for each in CRITERIA), 1.0) | values
    return ScoredRelease(n=n, sha256="", created="2026-07-01T08:00:00+08:00", score=points, values=list(every.values()))


def test_history_says_which_criteria_rose_and_fell(score: Score) -> None:
    releases = [past(1, 90, licence=0.0, codes=None), past(2, 97, checks=0.9), past(3, 97, checks=0.90001)]
    found = grades.history(EN, score.model_copy(update={"releases": releases}))
    assert [(each.n, each.points, each.better, each.worse) for each in found] == [
        (3, 97, "", ""),
        (2, 97, "Open licence", "Checks met"),
        (1, 90, "", ""),
    ]


def test_the_picture_has_a_column_for_each_of_the_newest_releases(score: Score) -> None:
    many = [past(n, n % 101 or None) for n in range(1, 91)]
    bars = grades.bars(score.model_copy(update={"releases": many}))
    assert len(bars) == grades.SHOWN_SCORES
    assert (bars[-1].y, bars[-1].height) == ("10%", "90%")
    assert all(float(each.x[:-1]) + float(each.width[:-1]) <= 100 for each in bars)


@pytest.mark.parametrize(("language", "label"), [("en", "Quality"), ("zh-TW", "資料品質")])
@pytest.mark.parametrize(("points", "value"), [(100, "100 / 100"), (0, "0 / 100"), (None, None)])
def test_the_badge_is_a_small_picture_that_needs_nothing_else(
    score: Score, language: str, label: str, points: int | None, value: str | None
) -> None:
    body = pages.badge(language, score.model_copy(update={"score": points}))
    drawing = ElementTree.fromstring(body.decode())
    name = "{http://www.w3.org/2000/svg}"
    value = value or str(words(language)("qualitypage.scored_not"))
    assert [each.text for each in drawing.iter(f"{name}text")] == [label, value]
    assert drawing.findtext(f"{name}title") == f"{label} {value}"
    assert drawing.get("role") == "img"
    assert len(body) < 1500
    assert b"href" not in body
    assert b"style" not in body
