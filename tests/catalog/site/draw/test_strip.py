"""A strip of periods: every state has its own height, many periods are merged."""

from hypothesis import given
from hypothesis import strategies as st
from pictures import ALT, HARM, harmless, named, share, sound, texts

from catalog.site.draw import Steps, StripCell, strip

states = st.sampled_from(["complete", "partial", "missing", "unknown"])


@given(st.lists(st.builds(StripCell, states, st.text(max_size=5)), max_size=30))
def test_each_period_is_a_box_in_order(cells: list[StripCell]) -> None:
    made = strip(ALT, cells, Steps(len(cells), {0: "first"}))
    sound(made)
    boxes = named(made, "rect")
    assert [one.get("class") for one in boxes] == [cell.state for cell in cells]
    places = [share(one, "x") for one in boxes]
    assert places == sorted(places)


def test_states_differ_in_height_and_say_what_they_are() -> None:
    made = strip(ALT, [StripCell("complete", "7/1 到齊"), StripCell("partial", "7/2 一半"), StripCell("unknown")])
    assert len({share(one, "height") for one in named(made, "rect")}) == 3
    assert texts(made, "title") == [ALT.title, "7/1 到齊", "7/2 一半"]


def test_very_many_periods_are_merged_with_the_titles_of_both_ends() -> None:
    made = strip(ALT, [StripCell("missing" if i == 500 else "complete", str(i)) for i in range(10_000)])
    assert texts(made, "title")[1:] == ["0 – 499", "500", "501 – 9999"]
    sound(made)


def test_hostile_words_stay_words() -> None:
    harmless(strip(ALT, [StripCell("partial", HARM)] * 20, Steps(20, {0: HARM})))
