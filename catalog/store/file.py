"""A store in a directory: each object a file, whole or not there at all, whatever is killed when.

Nothing appears under a key before it is complete and on disk: bytes are written to a temporary file in a dot-folder
below the root, which no key can name, and get their name in one step (link for "create only", rename under a lock for
"replace"). A process killed in between leaves a temporary file, and those are swept later.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from catalog.errors import StoreError
from catalog.keys import check_key, headers
from catalog.store.base import Absent, Blob, Changed, Exists, Head, Span, Unknown, check_prefix, check_span, is_key

_OWN = ".minsheng"
_SWEEP_AFTER_SECONDS = 24 * 3600
_REMEMBERED_ETAGS = 10_000


class FileStore:
    """Objects as files below a root, which is created by the first write.

    A key cannot be a file and a folder at once (`a` and `a/b`); no key of the layout is.

    Args:
        root: the folder.
        durable: wait for the disk before a write counts as done, so that a power cut loses nothing. Only a store that
            nobody misses after a power cut, as in a test, may do without: it is whole after a kill all the same.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._root = root.expanduser().absolute()
        self._durable = durable
        self._etags: dict[tuple[int, ...], str] = {}
        self._swept = False

    @property
    def url(self) -> str:
        """The address shown to people."""
        return f"file:{self._root}"

    def put_new(self, key: str, body: bytes) -> None:
        """Create the object; see `Store.put_new`."""
        path = self._path(key)
        with self._complaints(key), self._temporary(body) as temporary:
            self._make_folder(path.parent)
            self._link(temporary, path, key)

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        """Replace the object if it is still `etag`; see `Store.put_if`."""
        path = self._path(key)
        with self._complaints(key), self._locked(key), self._temporary(body) as temporary:
            if etag is None:
                self._make_folder(path.parent)
                try:
                    self._link(temporary, path, key)
                except Exists:
                    raise Changed(f"{key!r} in {self.url} is there, and was expected to be absent") from None
                return _sha256(body)
            try:
                stored_etag = _sha256(path.read_bytes())
            except (FileNotFoundError, NotADirectoryError):
                raise Changed(f"{key!r} in {self.url} is gone since it was read") from None
            if stored_etag != etag:
                raise Changed(f"{key!r} in {self.url} changed since it was read")
            temporary.replace(path)
            self._settle(path.parent, key)
        return _sha256(body)

    def get(self, key: str, span: Span | None = None) -> Blob:
        """Return bytes; see `Store.get`."""
        path = self._path(key)
        if span is not None:
            check_span(span)
        with self._complaints(key):
            try:
                file = path.open("rb")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                raise Absent(f"{key!r} is not in {self.url}") from None
            with file:
                etag = self._etag(file.fileno())
                if span is None:
                    return Blob(file.read(), etag)
                file.seek(span[0])
                return Blob(file.read(span[1] - span[0]), etag)

    def head(self, key: str) -> Head | None:
        """Return what is known of an object; see `Store.head`."""
        path = self._path(key)
        with self._complaints(key):
            try:
                file = path.open("rb")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
            with file:
                size = os.fstat(file.fileno()).st_size
                return Head(size, self._etag(file.fileno()), headers(key).content_type)

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys with a prefix, sorted; see `Store.list`."""
        yield from (key for key, _ in self._listed(prefix))

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the size of each object with a prefix; see `Store.sizes`."""
        found = {}
        for key, path in self._listed(prefix):
            with contextlib.suppress(FileNotFoundError):  # it went since it was listed
                found[key] = path.stat().st_size
        return found

    def _listed(self, prefix: str) -> Iterator[tuple[str, Path]]:
        """The keys with a prefix, sorted, and where their objects lie."""
        check_prefix(prefix)
        top = self._root / prefix.rpartition("/")[0]
        self._inside(top)
        found = []
        for folder, folders, files in os.walk(top, onerror=self._unreadable):
            # Dot-folders hold what is not yet an object; os.walk does not go through links.
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                key = (Path(folder) / name).relative_to(self._root).as_posix()
                if key.startswith(prefix) and is_key(key) and self._is_object(Path(folder) / name):
                    found.append((key, Path(folder) / name))
        return iter(sorted(found))

    def delete(self, key: str) -> None:
        """Remove the object; see `Store.delete`."""
        path = self._path(key)
        if not self._root.is_dir():
            return
        with self._complaints(key), self._locked(key):
            try:
                path.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return
            self._settle(path.parent, key)

    def _path(self, key: str) -> Path:
        path = self._root / check_key(key)
        self._inside(path)
        return path

    def _inside(self, path: Path) -> None:
        """Refuse a path that leaves the root by a link."""
        below = len(path.parts) - len(self._root.parts)
        if not any(step.is_symlink() for step in (path, *path.parents)[:below]):
            return  # the usual case; to resolve a path looks at each folder above the root too
        root = self._root.resolve()
        resolved = path.resolve()
        if not resolved.is_relative_to(root) or resolved.is_relative_to(root / _OWN):
            raise StoreError(f"{path} leads out of {self.url} by a link: remove the link")

    def _is_object(self, path: Path) -> bool:
        if path.is_symlink():
            try:
                self._inside(path)
            except StoreError:
                return False
        return path.is_file()

    def _unreadable(self, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise StoreError(f"{error.filename} in {self.url} cannot be listed: {error.strerror}") from error

    @contextlib.contextmanager
    def _complaints(self, key: str) -> Iterator[None]:
        """Turn what the system says of a full or forbidden disk into a sentence."""
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"{key!r} in {self.url}: {error.strerror or error}; nothing was changed; mend the directory, run again"
            ) from error

    @contextlib.contextmanager
    def _temporary(self, body: bytes) -> Iterator[Path]:
        """Give a file that holds the bytes, on disk, without a name that anyone reads."""
        folder = self._root / _OWN / "tmp"
        self._make_folder(folder)
        self._sweep(folder)
        path = folder / secrets.token_hex(16)
        try:
            with path.open("xb") as file:
                file.write(body)
                file.flush()
                self._sync(file.fileno())
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _link(self, temporary: Path, path: Path, key: str) -> None:
        if path.is_dir():
            raise StoreError(f"{key!r} in {self.url} is a folder of other keys: a key cannot be both")
        try:
            # link, not rename: it fails if the name is taken, in one step, also between machines on NFS.
            os.link(temporary, path)
        except FileExistsError:
            raise Exists(f"{key!r} is already in {self.url}") from None
        self._settle(path.parent, key)

    def _settle(self, folder: Path, key: str) -> None:
        """Bring a folder's names to disk: without it a name may be lost with the power although its bytes are not."""
        try:
            self._sync_folder(folder)
        except OSError as error:
            raise Unknown(f"{key!r} in {self.url} is written, but may not be on disk: {error.strerror}") from error

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        try:
            folder.mkdir(exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise StoreError(f"{folder} in {self.url} is an object: it cannot also be a folder of keys") from None
        self._sync_folder(folder.parent)

    def _sync_folder(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._sync(descriptor)
        finally:
            os.close(descriptor)

    def _sync(self, descriptor: int) -> None:
        if self._durable:
            os.fsync(descriptor)

    @contextlib.contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        """Hold the lock of a key; 256 locks serve all keys, so that their files do not grow with the store."""
        folder = self._root / _OWN / "locks"
        self._make_folder(folder)
        with (folder / _sha256(key.encode())[:2]).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield  # closing the file, or dying, gives the lock back

    def _sweep(self, folder: Path) -> None:
        """Remove, once per store object, what killed processes left; a day is longer than any write."""
        if self._swept:
            return
        self._swept = True
        oldest = time.time() - _SWEEP_AFTER_SECONDS
        for path in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def _etag(self, descriptor: int) -> str:
        """Return the SHA-256 of an open file, read once per state of the file.

        A file is never changed in place here, so inode, size and times name its content; range reads of a large file
        would otherwise read all of it each time.
        """
        seen = os.fstat(descriptor)
        if not stat.S_ISREG(seen.st_mode):
            raise IsADirectoryError(f"{descriptor} is no regular file")
        state = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        etag = self._etags.get(state)
        if etag is None:
            with os.fdopen(os.dup(descriptor), "rb") as file:
                etag = hashlib.file_digest(file, "sha256").hexdigest()
            os.lseek(descriptor, 0, os.SEEK_SET)
            if len(self._etags) >= _REMEMBERED_ETAGS:
                self._etags.clear()
            self._etags[state] = etag
        return etag


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
