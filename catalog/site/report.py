"""How a reader reports an error: a letter that the mail program opens, with the dataset and the release in it."""

from urllib.parse import quote

from catalog.site.words import UNSEEN, Words

MOST_TITLE = 120
"""Characters of a title in a subject."""


def letter(words: Words, contact: str | None, slug: str = "", title: str = "", n: int = 0) -> str:
    """Return the address that opens a letter; empty where nobody reads letters.

    Args:
        words: the language.
        contact: who reads it.
        slug: the dataset that it is about; empty: none in particular.
        title: of the dataset.
        n: the release.
    """
    if not contact:
        return ""
    if not slug:
        subject = words.plain("report.subject_any")
        return f"mailto:{_quoted(contact, '@')}?subject={_quoted(subject)}"
    subject = words.plain("report.subject", title=" ".join(title.split())[:MOST_TITLE], n=n)
    body = words.plain("report.body", slug=slug, n=n)
    return f"mailto:{_quoted(contact, '@')}?subject={_quoted(subject)}&body={_quoted(body)}"


def _quoted(text: str, safe: str = "") -> str:
    return quote(UNSEEN.sub("\ufffd", text).replace("\r\n", "\n").replace("\n", "\r\n"), safe=safe)
