"""The datasets of the site -> what the index is made of: texts in both languages, facets, and what a row shows."""

from collections.abc import Callable, Mapping, Sequence

from catalog import keys
from catalog.figures.document import Figures, Label
from catalog.release.digest import Document
from catalog.site import views
from catalog.site.measures import Measures
from catalog.site.opening import headline
from catalog.site.search.index import Findable, Json, Names
from catalog.site.sources import Released, Shared, Standing
from catalog.site.words import Words, words

CADENCES = ("hourly", "daily", "weekly", "monthly", "yearly", "irregular")
FORMATS = ("csv", "parquet", "xlsx")
GRADES = {"high": 90, "middle": 70, "low": 0}
"""From how many points of the score on."""
STATES = ("fresh", "overdue", "held", "failing", "damaged", "withdrawn", "never")
KINDS = ("data", "reference")
FACETS = ("agency", "topic", "place", "kind", "cadence", "format", "state", "quality")
"""By what results are narrowed, in the order in which readers see them."""
SPARK_POINTS = 42


def findable(
    released: Released,
    standing: Standing | None,
    figures: Figures | None,
    places: Mapping[str, Label],
    *,
    excel: bool,
    score: int | None = None,
) -> Findable:
    """Return a dataset, as it is found and shown in results.

    Args:
        released: its newest release.
        standing: how it stands.
        figures: its newest figures, where they could be reckoned.
        places: the names of the places that have a page, by code.
        excel: whether the newest release has files for Excel.
        score: of its quality, 0 to 100, where there is one.
    """
    declared, block = released.declared, released.declared.get("minsheng", {})
    facets = {
        "agency": (_agency_code(released),),
        "topic": (block["topic"],) if block.get("topic") else (),
        "place": tuple(code for code in places if figures and code in figures.counties),
        "kind": ("reference" if released.is_reference else "data",),
        "cadence": (cadence(block.get("release", ""), inline=released.is_reference),),
        "format": FORMATS if excel else FORMATS[:2],
        "state": (standing.state,) if standing else (),
        "quality": () if score is None else (next(grade for grade, least in GRADES.items() if score >= least),),
    }
    return Findable(
        slug=released.slug,
        title=_label(lambda text: views.title(text, released)),
        description=_label(lambda text: " ".join(views.paragraphs(text, released))),
        keywords=tuple(_text(each) for each in declared.get("keywords", ())),
        fields=tuple((each["name"], _titled(each)) for each in released.schema["fields"]),
        values=tuple(_values(released, figures)),
        facets=facets,
        shown=_shown(released, figures, places),
    )


def names(datasets: Sequence[tuple[Findable, Released]], shared: Shared, places: Mapping[str, Label]) -> Names:
    """Return what the codes of each facet are called.

    Args:
        datasets: those that can be found, with their newest release.
        shared: has the topics.
        places: the names of the places that have a page, by code.
    """
    topics = {code: _text(topic.title.model_dump(by_alias=True)) for code, topic in shared.declared.topics.items()}
    topics |= {code: Label(en=code, zh_tw=code) for each, _ in datasets for code in each.facets["topic"]} | topics
    agencies = {each.facets["agency"][0]: _agency(released) for each, released in datasets}
    return {
        "agency": agencies,
        "topic": topics,
        "place": dict(places),
        "kind": {code: _worded(f"search.kind.{code}") for code in KINDS},
        "cadence": {code: _worded(f"search.cadence.{code}") for code in CADENCES},
        "format": {code: _worded(f"search.format.{code}") for code in FORMATS},
        "state": {code: _worded(f"state.{code}.name") for code in STATES},
        "quality": {code: _worded(f"search.quality.{code}") for code in GRADES},
    }


def cadence(cron: str, *, inline: bool) -> str:
    """Say how often there may be a new release.

    Args:
        cron: five fields: minute, hour, day of the month, month, day of the week.
        inline: whether it is a table of the stewards, which changes when they change it.
    """
    fields = cron.split()
    if inline or len(fields) != 5:
        return "irregular"
    _, hour, day, month, weekday = fields
    rules = [(weekday, "weekly"), (month, "yearly"), (day, "monthly"), (hour, "daily")]
    return next((name for field, name in rules if not field.startswith("*")), "hourly")


def _values(released: Released, figures: Figures | None) -> list[tuple[str, Label]]:
    """Codes and names: the categories of columns, and the places and categories of the newest figures."""
    found: dict[tuple[str, Label], None] = {}
    for column in released.schema["fields"]:
        chinese = column.get("translations", {}).get(keys.LANGUAGES[0], {}).get("categories", ())
        named = {each["value"]: each["label"] for each in chinese}
        for each in column.get("categories", ()):
            code = str(each["value"])
            found[(code, Label(en=str(each["label"]), zh_tw=str(named.get(each["value"], each["label"]))))] = None
    for item in (*figures.items, *figures.others) if figures else ():
        found[(item.key, item.label)] = None
    return list(found)


def _shown(released: Released, figures: Figures | None, places: Mapping[str, Label]) -> dict[str, Json]:
    release = released.release
    shown: dict[str, Json] = {"release": release.n, "rows": release.rows, "created": release.created[:10]}
    period = views.period(release)
    if period:
        shown["period"] = list(period)
    if figures and figures.newest:
        shown["spark"] = list(figures.whole.series[-SPARK_POINTS:])
        shown["newest"] = [_newest(Measures(words(language), released, figures), places) for language in keys.LANGUAGES]
    return shown


def _newest(measures: Measures, places: Mapping[str, Label]) -> Json:
    """The newest figures of a dataset in words: what, and when."""
    found = headline(measures, {code: measures.name(label) for code, label in places.items()})
    parts = [[str(part) for part in pair] for pair in found.parts]
    return {"parts": parts, "of": measures.measure, "at": measures.short(measures.figures.newest)}


def _label(text: Callable[[Words], str]) -> Label:
    chinese, english = (text(words(language)) for language in keys.LANGUAGES)
    return Label(en=english, zh_tw=chinese)


def _worded(key: str) -> Label:
    return _label(lambda text: str(text(key)))


def _text(declared: Document | str) -> Label:
    return _label(lambda text: text.of(declared))


def _titled(column: Document) -> Label:
    english = str(column.get("title") or column["name"])
    return Label(
        en=english, zh_tw=str(column.get("translations", {}).get(keys.LANGUAGES[0], {}).get("title") or english)
    )


def _agency_code(released: Released) -> str:
    return str(released.declared.get("minsheng", {}).get("agency") or views.agency(words("en"), released))


def _agency(released: Released) -> Label:
    return _label(lambda text: views.agency(text, released))
