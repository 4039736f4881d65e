"""The list of all datasets by topic."""

from dataclasses import replace

from catalog.declaration.site import SiteDeclaration
from catalog.site.pages import Entry
from catalog.site.search.topics import SHOWN, TopicDataset, by_topic
from catalog.site.sources import Shared
from catalog.site.words import words

DECLARED = SiteDeclaration.model_validate(
    {
        "topics": {
            "water": {"title": {"en": "Water", "zh-TW": "水"}, "description": {"en": "w", "zh-TW": "水"}},
            "air": {"title": {"en": "Air", "zh-TW": "空氣"}, "description": {"en": "a", "zh-TW": "空"}},
        }
    }
)


def test_topics_come_in_their_order_and_what_has_none_comes_last(entries: list[Entry]) -> None:
    released = {each.slug: each.newest for each in entries if each.newest}
    rivers = released["rivers"]
    declared = rivers.declared | {"minsheng": rivers.declared["minsheng"] | {"topic": "water"}}
    of_water = replace(rivers, declaration=rivers.declaration | {"dataset": declared})
    topics = by_topic(words("en"), [released["wells"], of_water], Shared(DECLARED))
    assert [(each.title, [one.slug for one in each.datasets]) for each in topics] == [
        ("Water", ["rivers"]),
        ("Other topics", ["wells"]),
    ]
    assert topics[0].datasets == [TopicDataset("rivers", "rivers", "Waters")]


def test_of_very_many_the_first_are_listed(entries: list[Entry]) -> None:
    wells = next(each.newest for each in entries if each.slug == "wells")
    assert wells
    (topic,) = by_topic(words("zh-TW"), [wells] * (SHOWN + 3), Shared())
    assert (len(topic.datasets), topic.more) == (SHOWN, 3)
