"""What follows from the newest release beside its document: the pointer, and the list of checksums. Derived."""

import contextlib

from catalog import keys
from catalog.errors import IntegrityError, StoreError
from catalog.release.document import Release
from catalog.release.publish import newest_and_pointer
from catalog.store import Absent, Changed, Store, Unknown, put_over

_TRIES = 20


def point(public: Store, release: Release, *, pointed: bool = False) -> None:
    """Write pointer and checksums, which follow from the newest release. Repeating it changes nothing.

    The pointer is computed, never carried: it only moves forward, and the newest is looked for again afterwards.

    Args:
        public: the store.
        release: the newest release.
        pointed: whether the pointer is already its copy.
    """
    slug, newer = release.name, True
    while newer:
        if not pointed:
            _forward(public, slug, release.n, public.get(keys.document(slug, release.n)).body)
        put_over(public, keys.sums(slug, release.n), sums(release))
        if pointed:
            return
        again, pointer = newest_and_pointer(public, slug)
        newer = again is not None and again.n != release.n
        release = again or release
        pointed = pointer is not None and pointer.sha256 == release.sha256


def _forward(public: Store, slug: str, n: int, body: bytes) -> None:
    """Let the pointer be release n, unless it is a newer one already."""
    for _ in range(_TRIES):
        etag = None
        with contextlib.suppress(Absent):
            pointer = public.get(keys.pointer(slug))
            etag = pointer.etag
            if pointer.body == body:
                return
            with contextlib.suppress(IntegrityError):
                pointed = Release.parse(pointer.body, keys.pointer(slug)).n
                if pointed > n and public.head(keys.document(slug, pointed)) is not None:
                    return
        with contextlib.suppress(Changed, Unknown):
            public.put_if(keys.pointer(slug), body, etag)
            return
    raise StoreError(f"{slug}: the pointer could not be moved in {_TRIES} tries; run again")


def sums(release: Release) -> bytes:
    """Return the list for `sha256sum -c`: every file of a release and its document."""
    lines = {(file.path, file.sha256) for file in release.files()} | {(f"datapackage-{release.n}.json", release.sha256)}
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(lines)).encode()
