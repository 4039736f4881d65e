"""Takes secrets out of bodies and texts, in whatever way they are written there.

As they are, or in UTF-16; with any of their characters percent-encoded, escaped as in JSON or HTML; in base64 or
hexadecimal. What is compressed is unpacked and searched too, but cannot be written again: such a body is not kept.
What agencies wrote is left out of public reasons by `catalog.reasons`.
"""

import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pipelines.redaction import streams, views
from pipelines.redaction.views import View

STARS = b"***"
SHORTEST_SECRET = 8
"""A shorter one could not be taken out of a body without spoiling it."""
NOT_KEPT = b"This body is not kept: it holds a secret that cannot be taken out of it.\n"
_WIDE_STARS = b"*\0*\0*"
"""In UTF-16 of either order: the NUL before or after them is left."""
_WINDOW_BYTES, _OVERLAP_BYTES = 4 << 20, 1 << 16
"""A body is searched piece by piece, so that its views need little memory; the overlap is far longer than a secret."""
_DEPTH = 2
"""How many encodings may lie in each other, as base64 in base64."""
_ARCHIVES = 3
"""How many archives may lie in each other, as a workbook in a zip file."""
_UNPACKED_BYTES = 4 * streams.PIECE_BYTES
"""What is unpacked to be searched, of one body."""
_TRIES = 3
_CUT_ESCAPE = re.compile(
    rb"(?:%[0-9A-Fa-f]?|\\+(?:u[0-9A-Fa-f]{0,3}|x[0-9A-Fa-f]?)?|&(?:#?[xX]?[0-9A-Fa-f]*|[A-Za-z]*))\Z"
)
_REBUILT = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1")
"""How bodies begin that are no text: they cannot be read any more when a part is taken out."""


class Redacted(NamedTuple):
    """A body that holds no secret."""

    body: bytes
    changed: bool = False
    """Whether something was taken out."""
    refused: str | None = None
    """Why nothing but a notice is left of it, or None."""


def redact(body: bytes, secrets: Mapping[str, str], *, cut: bool = False) -> Redacted:
    """Return a body without the values of secrets.

    Args:
        body: anything.
        secrets: values, by the name of their environment variable.
        cut: whether it is not the whole, and may end within a secret.
    """
    values = tuple(sorted({value for value in secrets.values() if value}))
    if not values:
        return Redacted(body)
    clean = body
    for _ in range(_TRIES):
        search = _Search(_needles(values), views.unescape("".join(values)), cut)
        try:
            search.body(clean)
        except streams.TooMuch:
            return Redacted(
                NOT_KEPT, True, "expected a body that can be searched for secrets, found too much compressed"
            )
        if search.inside or (search.spans and clean.startswith(_REBUILT)):
            break
        if not search.spans:
            return Redacted(clean, clean != body)
        clean = _cut(clean, search.spans)
    return Redacted(NOT_KEPT, True, "expected a body without a secret of ours, found one where it cannot be taken out")


def redact_text(text: str, secrets: Mapping[str, str]) -> str:
    """Return a text without the values of secrets."""
    found = redact(text.encode("utf-8", "surrogatepass"), secrets)
    return STARS.decode() if found.refused else found.body.decode("utf-8", "replace")


class _Needle(NamedTuple):
    """What to look for: the bytes, a part of them that is quickly found, and a pattern of all of them."""

    form: bytes
    core: bytes
    whole: re.Pattern[bytes]

    def begun(self, data: bytes) -> int:
        """Return how many bytes at the end of a body are one that was cut short, in an escape perhaps; 0 if none."""
        cut = _CUT_ESCAPE.search(data, max(0, len(data) - 16))
        end = cut.start() if cut else len(data)
        for size in range(min(len(self.form) - 1, end), SHORTEST_SECRET - 1, -1):
            if data.endswith(self.form[:size], 0, end):
                return size + len(data) - end
        return 0


@functools.cache
def _needles(values: tuple[str, ...]) -> tuple[_Needle, ...]:
    """The bytes that secrets are, in UTF-8 and as UTF-16 without its NULs, with their own escapes decoded too."""
    unescaped = views.unescape("".join(values))
    forms = set[bytes]()
    for value in values:
        units = views.units(value).encode("utf-8", "surrogatepass")
        wide = [value.encode(order).replace(b"\0", b"") for order in ("utf-16-le", "utf-16-be")]
        for form in (value.encode(), units, *wide):
            deeper = {view.data for view in views.texts(views.plain(form), unescaped)}
            forms |= {form, *(found for found in deeper if len(found) >= SHORTEST_SECRET)}
    return tuple(
        # a form of HTML sends a blank as `+`
        _Needle(form, max(form.split(b" "), key=len), re.compile(re.escape(form).replace(rb"\ ", rb"[ +]")))
        for form in sorted(forms, key=len, reverse=True)
    )


@dataclass
class _Search:
    """A search for secrets in all views of a body."""

    needles: tuple[_Needle, ...]
    unescaped: views.Unescape
    cut: bool
    """Whether a part of one at the end counts too."""
    spans: list[tuple[int, int]] = field(default_factory=list)
    """Where they stand in the body."""
    inside: bool = False
    """Whether one is in something compressed."""
    budget: streams.Budget = field(default_factory=lambda: streams.Budget(_UNPACKED_BYTES))

    def body(self, body: bytes, archives: int = _ARCHIVES) -> None:
        """Search a body, and what is compressed in it; raises streams.TooMuch."""
        for at in range(0, max(len(body), 1), _WINDOW_BYTES):
            self._view(views.plain(body[at : at + _WINDOW_BYTES + _OVERLAP_BYTES], at), _DEPTH)
        if archives and not self.inside:
            self._unpacked(body, archives)

    def _unpacked(self, data: bytes, archives: int) -> None:
        for content in streams.unpacked(data, self.budget):
            inner = _Search(self.needles, self.unescaped, self.cut, budget=self.budget)
            inner.body(content, archives - 1)
            if inner.spans or inner.inside:
                self.inside = True
                return

    def _view(self, view: View, depth: int) -> None:
        last = view
        for last in views.texts(view, self.unescaped):
            self.spans += self._hits(last)
        if not depth:
            return
        *_, joined = views.texts(views.unbroken(view), self.unescaped)
        for source in {one.data: one for one in (view, last, joined)}.values():
            for child in itertools.chain(views.from_base64(source), views.from_hex(source)):
                self._view(child, depth - 1)
                if streams.packed(child.data):
                    self._unpacked(child.data, _ARCHIVES - 1)

    def _hits(self, view: View) -> Iterator[tuple[int, int]]:
        for needle in self.needles:
            if needle.core in view.data:
                for found in needle.whole.finditer(view.data):
                    yield view.locate(*found.span())
            if self.cut and (size := needle.begun(view.data)):
                yield view.locate(len(view.data) - size, len(view.data))


def _cut(body: bytes, spans: list[tuple[int, int]]) -> bytes:
    """A body with stars in place of spans; one for all that overlap."""
    parts, at = list[bytes](), 0
    for start, end in sorted(spans):
        if start > at or not parts:
            parts += [body[at:start], _WIDE_STARS if body[start + 1 : start + 2] == b"\0" else STARS]
        at = max(at, end)
    return b"".join((*parts, body[at:]))
