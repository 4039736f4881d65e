"""What pages tell of a withdrawal: values, and the words of one language."""

from catalog.release.notices import Cause, GoneCounts, NamedRelease, WithdrawalNotice
from catalog.release.served import ReleaseLine
from catalog.site.withdrawn import WithdrawnOf, told
from catalog.site.words import words

NAMED = tuple(NamedRelease(dataset="rivers", n=n, sha256="a" * 64) for n in (2, 3))
NOTICE = WithdrawalNotice(
    dataset="rivers", i=1, at="2026-07-01T12:00:00+08:00", by="Lin", reason="x", releases=NAMED,
    counts=GoneCounts(releases=2, rows=0),
)  # fmt: skip


def test_a_notice_is_told_in_both_languages() -> None:
    assert [told(words(language), NOTICE).versions for language in ("en", "zh-TW")] == [
        "Versions 2 to 3",
        "第 2 版至第 3 版",
    ]
    one = NOTICE.model_copy(update={"releases": NAMED[:1]})
    assert told(words("en"), one).versions == "Version 2"


def test_it_names_what_it_follows_and_what_goes_with_it() -> None:
    other = NamedRelease(dataset="totals", n=7, sha256="a" * 64)
    more = NOTICE.model_copy(update={"because": Cause(dataset="seas", i=4), "releases": (*NAMED, other)})
    found = told(words("en"), more)
    assert (found.derived_from, found.others) == ("seas", ["totals"])
    own = NOTICE.model_copy(update={"because": Cause(dataset="rivers", i=4)})
    assert told(words("en"), own).derived_from is None


def test_a_page_is_made_again_where_a_notice_or_what_is_served_is_another() -> None:
    gone = WithdrawnOf(ReleaseLine(None, None, (NOTICE,)), ())
    more = WithdrawnOf(ReleaseLine(None, None, (NOTICE, NOTICE.model_copy(update={"i": 2}))), ())
    assert gone.by_release == {}
    assert gone.made_of(2) != more.made_of(2)
    assert gone.made_of(2) != gone.made_of(3)
