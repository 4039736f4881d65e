"""What follows from the releases beside their documents: the pointer, and the list of checksums. Derived."""

import contextlib
from collections.abc import Container

from catalog import keys
from catalog.errors import IntegrityError, StoreError
from catalog.release import notices, served
from catalog.release.document import Release
from catalog.release.notices import withdrawn
from catalog.release.served import ReleaseLine
from catalog.store import Absent, Changed, Store, Unknown, put_over

_TRIES = 20


def point(public: Store, newest: Release, *, pointed: bool = False) -> None:
    """Write pointer and checksums, which follow from the newest release and the notices. Repeating it changes nothing.

    The pointer is computed, never carried: it moves forward, or back to the newest release that is not withdrawn; what
    it should be is looked for again afterwards. Where all releases are withdrawn there is none.

    Args:
        public: the store.
        newest: the newest release, withdrawn or not.
        pointed: whether the pointer is already as it should be.
    """
    slug = newest.name
    if pointed:
        put_over(public, keys.sums(slug, newest.n), sums(newest))
        return
    found = notices.read(public, slug)
    line, last = ReleaseLine(newest, served.standing(public, newest, found), found), None
    while line != last and line.newest:
        if line.served:
            body = public.get(keys.document(slug, line.served.n)).body
            _move(public, line.served, body, withdrawn(line.notices, slug))
        else:
            public.delete(keys.pointer(slug))
        put_over(public, keys.sums(slug, line.newest.n), sums(line.newest))
        last, line = line, served.line(public, slug)


def _move(public: Store, release: Release, body: bytes, gone: Container[int]) -> None:
    """Let the pointer be a release, unless it is a newer one already that is not withdrawn."""
    slug, n = release.name, release.n
    for _ in range(_TRIES):
        etag = None
        with contextlib.suppress(Absent):
            pointer = public.get(keys.pointer(slug))
            etag = pointer.etag
            if pointer.body == body:
                return
            with contextlib.suppress(IntegrityError):
                pointed = Release.parse(pointer.body, keys.pointer(slug)).n
                if pointed > n and pointed not in gone and public.head(keys.document(slug, pointed)) is not None:
                    return
        with contextlib.suppress(Changed, Unknown):
            public.put_if(keys.pointer(slug), body, etag)
            return
    raise StoreError(f"{slug}: the pointer could not be moved in {_TRIES} tries; run again")


def sums(release: Release) -> bytes:
    """Return the list for `sha256sum -c`: every file of a release and its document."""
    lines = {(file.path, file.sha256) for file in release.files()} | {(f"datapackage-{release.n}.json", release.sha256)}
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(lines)).encode()
