"""The pages that stand where withdrawn releases were: who withdrew them, when and why, and what is there instead. Pure.

They are made of the release document and the notice alone, for the files are gone.
"""

from catalog import keys
from catalog.release.document import Release
from catalog.site.pages import page
from catalog.site.withdrawn import WithdrawnOf, told
from catalog.site.words import words


def release(language: str, gone: Release, withdrawn: WithdrawnOf, address: str | None) -> bytes:
    """Return the page in place of that of a withdrawn release.

    Args:
        language: one of `keys.LANGUAGES`.
        gone: the release.
        withdrawn: what is withdrawn of its dataset.
        address: where readers reach the store, without a slash at the end; None if that is not known.
    """
    targets = {other: keys.release_page(gone.name, gone.n, other) for other in keys.LANGUAGES}
    return _page(language, gone, withdrawn, address, targets, all_gone=False)


def instead(language: str, targets: dict[str, str], withdrawn: WithdrawnOf, address: str | None) -> bytes:
    """Return the page in place of one of a dataset whose releases are all withdrawn.

    Args:
        language: one of `keys.LANGUAGES`.
        targets: by language, the key of the page.
        withdrawn: what is withdrawn; there is at least one release.
        address: as for `release`.
    """
    newest = withdrawn.line.newest
    if newest is None:
        raise ValueError("no release can be withdrawn where there is none")
    return _page(language, newest, withdrawn, address, targets, all_gone=True)


def _page(
    language: str,
    gone: Release,
    withdrawn: WithdrawnOf,
    address: str | None,
    targets: dict[str, str],
    *,
    all_gone: bool,
) -> bytes:
    texts, by_release = words(language), withdrawn.by_release
    shown = withdrawn.notices if all_gone else [by_release[gone.n]]
    return page(
        "withdrawn.html",
        targets[language],
        texts,
        targets,
        section="changes",
        address=address,
        slug=gone.name,
        title=gone.title_zh if language == keys.LANGUAGES[0] else gone.title,
        synthetic=gone.facts.synthetic,
        release=gone,
        all_gone=all_gone,
        told=[told(texts, each) for each in reversed(shown)],
        documents=[each["n"] for each in withdrawn.listed] if all_gone else [gone.n],
        served=withdrawn.line.served,
    )
