"""Notices as catalog.json and releases.json list them: what each says, where it lies, and what became of it."""

from collections.abc import Sequence

from catalog import keys
from catalog.release.announcements import announced
from catalog.release.digest import Document
from catalog.release.notices import Notice

_FOR_MACHINES = ("form", "hashes", "evidence")
"""What only the notice itself says."""


def told(found: Sequence[Notice], listed: Sequence[Document]) -> Document:
    """Return the entry `notices` of a list; nothing where there are none.

    Args:
        found: all notices of a dataset.
        listed: its releases that are not withdrawn, oldest first, as releases.json has them.
    """
    became = {each.notice.i: each.document for each in announced(found, listed)}
    notices = [
        {name: value for name, value in each.document.items() if name not in _FOR_MACHINES}
        | {"path": keys.notice(each.dataset, each.i)}
        | became.get(each.i, {})
        for each in found
    ]
    return {"notices": notices} if notices else {}
