"""The table of all columns: what each means, how its values lie, how they drifted, as texts and small pictures."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catalog.profile.document import ColumnDrift, ColumnProfile, Profile
from catalog.profile.measure import CUT
from catalog.profile.parts import MOST_TEXTS
from catalog.site import draw, views
from catalog.site.sources import Released
from catalog.site.views import Field
from catalog.site.words import Words

SHOWN_TOP = 3
_FEW, _OFTEN = 12, 0.05
"""The most frequent values are shown where there are few different ones, or where one has this share."""
_LEAST_SHARE = 0.001
_HUGE = 1e15


@dataclass(frozen=True)
class FrequentValue:
    """A value that stands often in a column."""

    text: str
    share: str


@dataclass(frozen=True)
class ShownColumn:
    """A column of the table; what is not known of it is empty."""

    field: Field
    missing: str
    missing_rows: int
    range: tuple[str, ...]
    """One line, or two."""
    mean: str
    picture: Markup | str
    picture_note: Markup | str
    often: tuple[FrequentValue, ...]
    distinct: Markup | str
    drift: Markup | str
    says: Markup | str
    """Of the values, in sentences, for the explanation."""
    rest: str
    """Of the description, what follows its first sentence; all of it, where that is too long."""
    counts: dict[str, int]
    """How often each code stands in the column, where that is known of all of them."""


def column_table(words: Words, released: Released, profile: Profile | None) -> list[ShownColumn]:
    """Return all columns in the order of the schema.

    Args:
        words: the language.
        released: the release.
        profile: how its values lie; None where that is not known.
    """
    shown = []
    years = {each["name"] for each in released.schema["fields"] if each["type"] == "year"}
    for field in views.fields(words, released):
        column = profile.columns.get(field.name) if profile else None
        if profile is None or column is None:
            shown.append(ShownColumn(field, "", 0, (), "", "", "", (), "", "", "", _rest(field), {}))
        else:
            # The mean of years says nothing.
            told = column.model_copy(update={"mean": None}) if field.name in years else column
            shown.append(_Voice(words, field, told, profile, str if field.name in years else number).column())
    return shown


def number(value: float) -> str:
    """Return a value as measured, with thousands."""
    return _minus(f"{value:.3g}" if abs(value) >= _HUGE else f"{value:,.0f}" if abs(value) >= 1e8 else f"{value:,.8g}")


def rounded(value: float) -> str:
    """Return a mean, with no more digits than say something."""
    if abs(value) >= _HUGE:
        return _minus(f"{value:.3g}")
    return _minus(f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}")


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def share(count: int, of: int) -> str:
    """Return a share in percent, of which 0 % and 100 % are exact."""
    part = count / of if of else 0.0
    if 0 < part < _LEAST_SHARE:
        return "<0.1%"
    return f"{math.floor(part * 1000) / 10:g}%" if part > 0.5 else f"{part:.1%}".replace(".0%", "%")


def _rest(field: Field) -> str:
    first = views.first_sentence(field.description)
    return field.description.removeprefix(first if views.cut(first) == first else "").strip()


def _short(label: str) -> str:
    """A label without what stands in brackets behind it."""
    return label.split("（")[0].split(" (")[0] or label


class _Voice:
    def __init__(
        self, words: Words, field: Field, column: ColumnProfile, profile: Profile, written: Callable[[float], str]
    ) -> None:
        self.words, self.field, self.of, self.profile, self._number = words, field, column, profile, written
        self.rows = profile.rows

    def column(self) -> ShownColumn:
        """All that is said of the column."""
        of = self.of
        return ShownColumn(
            field=self.field,
            missing=share(of.missing, self.rows),
            missing_rows=of.missing,
            range=self._range(),
            mean=rounded(of.mean) if of.mean is not None else "",
            picture=self._picture(),
            picture_note=self.words("profile.widening") if self.of.widening else "",
            often=self._often(),
            distinct=self._distinct(),
            drift=self._drift(self.profile.drift[self.field.name]),
            says=self._says(),
            rest=_rest(self.field),
            counts=self._counts(),
        )

    def _range(self) -> tuple[str, ...]:
        of = self.of
        if of.low is not None and of.high is not None:
            low, high = self._number(of.low), self._number(of.high)
            return (low,) if low == high else (f"{low} – {high}",)
        if of.first is not None and of.last is not None:
            first, last = (text[:16].replace("T", " ") for text in (of.first, of.last))
            return (first,) if first == last else (first, last)
        return ()

    def _picture(self) -> Markup | str:
        """The distribution; none where values are few or all the same."""
        _, counts = self._bins()
        if not counts:
            return ""
        alt = draw.Alt(str(self.words("profile.spread", column=self.field.title)))
        return draw.histogram(alt, [draw.Bin(count) for count in counts])

    def _bins(self) -> tuple[Sequence[str], Sequence[int]]:
        of = self.of
        histogram = of.widening or of.numbers
        if histogram is not None:
            edges = [self._number(edge) for edge in histogram.edges]
            return [f"{low} – {high}" for low, high in itertools.pairwise(edges)], histogram.counts
        if of.times is not None:
            return of.times.labels, of.times.counts
        return (), ()

    @property
    def _there(self) -> int:
        """Rows with a value."""
        return self.rows - self.of.missing

    def _often(self) -> tuple[FrequentValue, ...]:
        of = self.of
        if of.kind not in ("text", "boolean") or not of.top or of.distinct is None:
            return ()
        if of.distinct > _FEW and of.top[0][1] < _OFTEN * self._there:
            return ()
        labels = dict(self.field.codes)
        return tuple(
            FrequentValue(self._value(_short(labels[value]) if value in labels else value), share(count, self._there))
            for value, count in of.top[:SHOWN_TOP]
        )

    def _counts(self) -> dict[str, int]:
        counts = dict(self.of.top)
        if self.of.distinct is None or self.of.distinct > len(counts):
            return {}
        return {code: counts.get(code, 0) for code, _ in self.field.codes}

    def _value(self, text: str) -> str:
        """A value as text; one that was cut says so."""
        if self.of.kind == "boolean":
            return str(self.words(f"profile.is_{text}"))
        kept, cut, _ = text.partition(CUT)
        return f"{kept}…" if cut else kept

    def _distinct(self) -> Markup | str:
        if self.of.kind != "time" and self.of.distinct is not None:
            return self.words.number(self.of.distinct)
        return self.words("profile.more_than", n=MOST_TEXTS) if self.of.kind == "text" else ""

    def _drift(self, drift: ColumnDrift) -> Markup | str:
        """The mean, or the share without a value, over releases; none where there is one release only."""
        if len(self.profile.releases) < 2:
            return ""
        values, kind = self._followed(drift)
        known = [value for value in values if value is not None]
        if not known:
            return ""
        low, high = (
            share(round(each * 1000), 1000) if kind == "missing" else rounded(each) for each in (min(known), max(known))
        )
        if low == high:
            return self.words("profile.steady")
        title = self.words(f"profile.drift_{kind}", n=len(values), low=low, high=high)
        return Markup('<div class="pic">{}</div>').format(draw.sparkline(draw.Alt(str(title)), values))

    def _followed(self, drift: ColumnDrift) -> tuple[list[float | None], str]:
        if self._number is number and any(value is not None for value in drift.mean):
            return list(drift.mean), "mean"
        rows = [release.rows for release in self.profile.releases]
        shares = [None if n is None else n / of if of else 0.0 for n, of in zip(drift.missing, rows, strict=True)]
        return shares, "missing"

    def _says(self) -> Markup | str:
        """Sentences on the values."""
        of, words, parts = self.of, self.words, []
        if of.shortest is not None and of.longest is not None:
            same = of.shortest == of.longest
            parts.append(
                words("profile.length", n=of.longest)
                if same
                else words("profile.lengths", low=of.shortest, high=of.longest)
            )
        bins, counts = self._bins()
        if counts:
            fullest = max(range(len(counts)), key=lambda i: counts[i])
            parts.append(words("profile.fullest", range=bins[fullest], share=share(counts[fullest], self._there)))
        return words.sentences(*parts) if parts else ""
