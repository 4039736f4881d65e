"""Which periods a dataset covers, in words and as strips: complete, partial, missing, and how many of how many."""

from dataclasses import dataclass

from markupsafe import Markup

from catalog.declaration.views import Views
from catalog.profile.coverage import Coverage, CoverageCell, State, Strip
from catalog.profile.times import Grain
from catalog.site import draw
from catalog.site.sources import Released
from catalog.site.words import Words

STATES: tuple[State, ...] = ("complete", "partial", "missing")
_MOST_NAMED = 12
"""Cells of a strip that have a name below, beside gaps."""
SHOWN_CELLS = 40
"""Rows of the table behind a strip, the newest first."""


@dataclass(frozen=True)
class CoverageRow:
    """A period in the table behind a strip; the words for what there is."""

    period: str
    state: str
    state_says: Markup
    steps: Markup
    places: Markup | str
    rows: int


@dataclass(frozen=True)
class ShownStrip:
    """One strip with its table."""

    title: Markup
    picture: Markup
    rows: tuple[CoverageRow, ...]
    """The newest first."""
    left_out: int
    """Periods that the table does not list."""
    has_places: bool


@dataclass(frozen=True)
class ShownCoverage:
    """All that a page says of what is covered."""

    says: Markup
    key: Markup
    about: Markup
    """The whole in a few words."""
    strips: tuple[ShownStrip, ...]


def coverage(words: Words, released: Released, covered: Coverage) -> ShownCoverage:
    """Return what a page says of what a dataset covers.

    A closer look at the newest periods in which nothing is missing is left out.

    Args:
        words: the language.
        released: the release, for what its columns are called.
        covered: as its profile has it.
    """
    voice = _Voice(words, released, covered)
    states = {cell.state for strip in covered.strips for cell in strip.cells}
    named = [(state, str(voice.state(state))) for state in STATES]
    return ShownCoverage(
        says=voice.says(),
        key=draw.key([(state, text) for state, text in named if state in states]),
        about=words("profile.about", n=voice.steps(covered.steps), of=voice.steps(covered.of_steps)),
        strips=tuple(voice.strip(strip, at) for at, strip in enumerate(covered.strips) if not at or _tells(strip)),
    )


def _tells(strip: Strip) -> bool:
    """Whether a closer look shows more than that nothing is missing."""
    return any(cell.state != "complete" for cell in strip.cells)


def period(label: str, grain: Grain) -> str:
    """Return a period as a table writes it: 2026-07-03 22:00, 2026-07-03, 2026-07, 2026."""
    return f"{label.replace('T', ' ')}:00" if grain == "hour" else label


class _Voice:
    def __init__(self, words: Words, released: Released, covered: Coverage) -> None:
        self.words, self.covered = words, covered
        self.places = _places(words, released, covered)

    def state(self, state: State) -> Markup:
        """What a state is called; where nobody knows what is whole, it is not said."""
        known = self.covered.places is not None
        return self.words(f"profile.state.{state}" if known else f"profile.rows_in.{state}")

    def steps(self, count: int) -> Markup:
        """So many hours, days, months."""
        return self.words(f"profile.steps.{self.covered.step}", n=count)

    def says(self) -> Markup:
        """The whole in a few sentences."""
        words, covered = self.words, self.covered
        first, last = (period(label, covered.step) for label in (covered.first, covered.last))
        step = words(f"profile.step.{covered.step}")
        span = words(
            "profile.span", first=first, last=last, n=self.steps(covered.steps), of=self.steps(covered.of_steps)
        )
        if covered.places is None:
            gaps = words("profile.events") if covered.steps < covered.of_steps else ""
            return words.sentences(span, gaps)
        return words.sentences(span, words("profile.expected", step=step, n=covered.places, places=self.places))

    def strip(self, strip: Strip, at: int) -> ShownStrip:
        """A strip, the first of all periods, the others of the newest only."""
        title = self.words(f"profile.by.{strip.grain}")
        if at:
            within = strip.cells[-1].last[: 7 if strip.grain != "hour" else 10]
            title = self.words("profile.closer", period=within, by=title)
        cells = [draw.StripCell(cell.state, str(self.cell(cell, strip.grain))) for cell in strip.cells]
        stride = -(-len(cells) // _MOST_NAMED)
        named = {
            i: self.below(cell, strip.grain)
            for i, cell in enumerate(strip.cells)
            if i % stride == 0 or cell.periods > 1
        }
        alt = draw.Alt(str(title), str(self.counted(strip)))
        newest_first = strip.cells[::-1]
        return ShownStrip(
            title=title,
            picture=draw.strip(alt, cells, draw.Steps(len(cells), named)),
            rows=tuple(self.row(cell, strip.grain) for cell in newest_first[:SHOWN_CELLS]),
            left_out=sum(cell.periods for cell in newest_first[SHOWN_CELLS:]),
            has_places=self.covered.places is not None,
        )

    def below(self, cell: CoverageCell, grain: Grain) -> str:
        """What stands below a cell, where there is room."""
        if cell.periods > 1:
            return str(self.words("profile.gap", n=self.words(f"profile.steps.{grain}", n=cell.periods)))
        if grain == "hour":
            return f"{cell.first[-2:]}:00"
        return cell.first[5:] if grain in ("day", "week") else cell.first

    def counted(self, strip: Strip) -> Markup:
        """How many periods are in which state."""
        counts = dict.fromkeys(STATES, 0)
        for cell in strip.cells:
            counts[cell.state] += cell.periods
        parts = [self.words("profile.counted", state=self.state(s), n=n) for s, n in counts.items() if n]
        return self.words.listed(parts)

    def cell(self, cell: CoverageCell, grain: Grain) -> Markup:
        """What is said of one period."""
        row = self.row(cell, grain)
        said = self.words("profile.cell", period=row.period, state=row.state_says, steps=row.steps)
        return self.words("profile.cell_places", cell=said, places=row.places) if row.places else said

    def row(self, cell: CoverageCell, grain: Grain) -> CoverageRow:
        """One period in the table."""
        first, last = (period(label, grain) for label in (cell.first, cell.last))
        places: Markup | str = ""
        if cell.steps and cell.places is not None and cell.of_places is not None:
            mean, expected = (round(count / cell.steps, 1) for count in (cell.places, cell.of_places))
            places = self.words("profile.of", n=f"{mean:g}", of=f"{expected:g}")
        return CoverageRow(
            period=first if cell.periods == 1 else str(self.words("profile.from_to", first=first, last=last)),
            state=cell.state,
            state_says=self.state(cell.state),
            steps=self.words("profile.of", n=self.words.number(cell.steps), of=self.steps(cell.of_steps)),
            places=places,
            rows=cell.rows,
        )


def _places(words: Words, released: Released, covered: Coverage) -> Markup | str:
    """What the places are called: stations, if the declaration says so, else what their columns are called."""
    views = Views.model_validate(released.declared.get("minsheng", {}).get("views") or {}, strict=False)
    if views.noun and len(covered.units) == 1:
        return words.of(views.noun.model_dump(by_alias=True))
    titles = []
    for field in released.schema["fields"]:
        if field["name"] in covered.units:
            translated = field.get("translations", {}).get(words.language, {})
            titles.append(words("profile.quoted", title=translated.get("title") or field["title"]))
    return words("profile.values_of", columns=words.listed(titles)) if titles else ""
