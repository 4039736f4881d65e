"""Markup of pictures: escaped, cut, in classes that style.css knows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from pictures import ALT, HARM, harmless, named, texts, tree

from catalog.site.draw import Alt, key
from catalog.site.draw.svg import LONGEST, TONES, brief, cut, el, holder, html, link, num, picture, width
from catalog.site.words import FOLDER

STYLE = (FOLDER / "style.css").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (0.126, "0.13"), (-0.001, "0"), (100.0, "100"), (1e6, "1000000"), (12.50, "12.5")]
)
def test_numbers_have_at_most_two_decimals(value: float, text: str) -> None:
    assert num(value) == text


@given(st.text(), st.text())
def test_any_text_and_attribute_stays_text(text: str, attribute: str) -> None:
    made = tree(picture(Alt(brief(text)), el("text", brief(text), class_=brief(attribute)), class_="x", height=1))
    assert "".join(made.itertext()) in ("", brief(text), 2 * brief(text))
    assert [one.tag for one in made.iter()][:2] == ["all", "svg"]


def test_markup_is_not_escaped_twice_and_an_empty_element_of_html_has_its_end() -> None:
    assert el("g", el("text", "a & b")) == "<g><text>a &amp; b</text></g>"
    assert html("ul") == "<ul></ul>"
    assert el("rect", class_="a", stroke_width=1.234, x=None) == '<rect class="a" stroke-width="1.23"/>'


def test_a_picture_is_an_image_with_its_words() -> None:
    made = tree(picture(ALT, class_="plot", height=9))[0]
    assert (made.get("role"), made[0].tag, made[0].text) == ("img", "title", ALT.title)
    assert (made[1].tag, made[1].text) == ("desc", ALT.desc)
    assert "desc" not in picture(Alt("only a title"), class_="plot", height=9)


def test_hostile_words_are_text_and_are_cut() -> None:
    made = picture(Alt(HARM, HARM), el("text", cut(HARM, 5)), class_="plot", height=9)
    harmless(made, 2_000)
    assert len(brief(HARM)) == LONGEST
    assert texts(made)[0].endswith("…")


@given(st.text(), st.floats(1, 50))
def test_a_text_that_is_cut_is_no_wider(text: str, most: float) -> None:
    assert width(cut(text, most)) <= max(most, 1.0)


def test_a_text_that_fits_is_whole() -> None:
    assert cut("臺北市 64", 9) == "臺北市 64"
    assert cut("臺北市 64", 4) == "臺北市…"
    assert width("臺北") > width("ab") > width("il")


def test_what_colours_mean_is_a_list_of_known_colours() -> None:
    made = key([("k1", "燃氣"), ("hatch", "無數值"), ("provisional", "還會增加"), ("complete", HARM)])
    assert texts(made, "span")[:3] == ["燃氣", "無數值", "還會增加"]
    assert [one.get("aria-hidden") for one in named(made, "svg")] == ["true"] * 4
    harmless(made)
    with pytest.raises(ValueError, match="no tone 'red'"):
        key([("red", "x")])


def test_every_tone_and_gutter_has_its_rule() -> None:
    assert {name for name in TONES if not re.search(rf"^\.{name} {{", STYLE, re.MULTILINE)} == set()
    gutters = {f"pic-{side}{i}" for side in "lr" for i in range(1, 21)}
    assert {name for name in gutters if f".{name} {{" not in STYLE} == set()
    made = holder(Markup("<svg/>"), left=100, right=0.1)
    assert made == '<div class="pic pic-l20 pic-r2"><svg/></div>'


@pytest.mark.parametrize(
    ("href", "leads"),
    [("../a.html#x", True), ("https://x.tw/", True), ("a?b=c:d", True), ("", False), ("javascript:alert(1)", False),
     (" JAVASCRIPT:x", False), ("java\nscript:x", False), ("data:text/html,x", False), ("HTTP://x", True)],
)  # fmt: skip
def test_a_link_leads_to_pages_only(href: str, leads: bool) -> None:
    assert bool(named(link("x", href), "a")) == leads
