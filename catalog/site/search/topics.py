"""The datasets by topic, as the page of the search lists them for those who have no script."""

from collections.abc import Iterable
from typing import NamedTuple

from catalog.site import views
from catalog.site.sources import Released, Shared
from catalog.site.words import Words

SHOWN = 40
"""Datasets of a topic; a page with ten thousand would be no page."""


class TopicDataset(NamedTuple):
    """A line of the list."""

    slug: str
    title: str
    agency: str


class ListedTopic(NamedTuple):
    """A topic with its datasets."""

    title: str
    datasets: list[TopicDataset]
    more: int
    """How many are left out."""


def by_topic(words: Words, datasets: Iterable[Released], shared: Shared) -> list[ListedTopic]:
    """Return the datasets by topic, in the order of site.yaml; those without a topic come last.

    Args:
        words: the language.
        datasets: the newest release of each.
        shared: has the topics.
    """
    declared = shared.declared.topics
    found: dict[str, list[TopicDataset]] = {code: [] for code in (*declared, "")}
    for each in datasets:
        topic = each.declared.get("minsheng", {}).get("topic") or ""
        line = TopicDataset(each.slug, views.title(words, each), views.agency(words, each))
        found[topic if topic in declared else ""].append(line)
    titles = {code: words.of(topic.title.model_dump(by_alias=True)) for code, topic in declared.items()}
    titles[""] = str(words("search.others"))
    return [ListedTopic(titles[code], some[:SHOWN], max(0, len(some) - SHOWN)) for code, some in found.items() if some]
