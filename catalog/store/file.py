"""A store in a directory: each object a file, whole or not there at all, whatever is killed when.

Nothing appears under a key before it is complete and on disk: bytes are written to a temporary file in a dot-folder
below the root, which no key can name, and get their name in one step (link for "create only", rename under a lock for
"replace"). A process killed in between leaves a temporary file, and those are swept later.
"""

import contextlib
import datetime as dt
import errno
import fcntl
import hashlib
import os
import secrets
import stat
import threading
import time
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from catalog.errors import StoreError
from catalog.keys import check_key, headers
from catalog.store.base import (
    Absent,
    Blob,
    Changed,
    Exists,
    Head,
    NotAnObject,
    OpenObject,
    Span,
    Unknown,
    check_prefix,
    check_span,
    is_key,
)

_OWN = ".minsheng"
_SWEEP_AFTER_SECONDS = 24 * 3600
_REMEMBERED_ETAGS = 10_000
_NO_FILE = {errno.ELOOP, errno.ENXIO, errno.ENODEV}
"""What the system says of links in a circle, of a socket, and of a device that is not there."""


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
        self._hashing: dict[tuple[int, ...], threading.Lock] = {}
        self._swept = False

    @property
    def url(self) -> str:
        """The address shown to people."""
        return f"file:{self._root}"

    def ahead(self) -> dt.timedelta | None:
        """Return how far the clock of the file system is ahead of this machine's: with NFS it is the server's.

        Returns:
            None where that cannot be seen, because there is no folder yet, or nothing may be written.
        """
        if not self._root.is_dir():
            return None
        try:
            with self._temporary(b"") as path:
                written = path.stat().st_mtime
                return dt.timedelta(seconds=written - time.time())
        except (OSError, StoreError):
            return None

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
                with self._opened(path, key) as file:
                    stored_etag = hashlib.file_digest(file, "sha256").hexdigest()
            except Absent:
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
        with self._complaints(key), self._opened(path, key) as file:
            etag = self._etag(file.fileno())
            if span is None:
                return Blob(file.read(), etag)
            file.seek(span[0])
            return Blob(file.read(span[1] - span[0]), etag)

    def open(self, key: str) -> OpenObject:
        """Open the file, which stays what it is when another one gets its name; see `Store.open`."""
        path = self._path(key)
        with self._complaints(key), contextlib.ExitStack() as stack:
            file = stack.enter_context(self._opened(path, key))
            opened = _OpenedFile(file, self._etag(file.fileno()))
            stack.pop_all()  # it stays open
            return opened

    def head(self, key: str) -> Head | None:
        """Return what is known of an object; see `Store.head`."""
        try:
            opened = self.open(key)
        except Absent:
            return None
        opened.close()
        return Head(opened.size, opened.etag, headers(key).content_type)

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
        step = os.fspath(self._root)
        for name in path.parts[len(self._root.parts) :]:  # texts: to make a Path of each takes longer than to look
            step = f"{step}/{name}"
            if os.path.islink(step):  # noqa: PTH114
                break
        else:
            return  # the usual case; to resolve a path looks at each folder above the root too
        # realpath, unlike Path.resolve, takes links in a circle.
        root, resolved = Path(os.path.realpath(self._root)), Path(os.path.realpath(path))
        if not resolved.is_relative_to(root) or resolved.is_relative_to(root / _OWN):
            raise NotAnObject(f"{path} leads out of {self.url} by a link: remove the link")

    def _opened(self, path: Path, key: str) -> BufferedReader:
        """Open a file to be read, and nothing else: to open a pipe waits for a writer, and a device may act on it.

        Raises:
            Absent: there is no file.
            NotAnObject: there is something else.
        """
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                raise Absent(f"{key!r} is not in {self.url}: it is a folder of other keys")
            if stat.S_ISREG(mode):
                # What took its place since that look does not make us wait either.
                file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
                if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return file
                file.close()
        except (FileNotFoundError, NotADirectoryError):
            raise Absent(f"{key!r} is not in {self.url}") from None
        except OSError as error:
            if error.errno not in _NO_FILE:
                raise
        raise NotAnObject(f"{path} in {self.url} is neither a file nor a folder: remove it")

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
        state = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        etag = self._etags.get(state)
        if etag is None:
            # Many who ask for a new file at once wait for the one who reads it.
            with self._hashing.setdefault(state, threading.Lock()):
                etag = self._etags.get(state) or self._read_etag(descriptor)
                if len(self._etags) >= _REMEMBERED_ETAGS:
                    self._etags.clear()
                self._etags[state] = etag
            self._hashing.pop(state, None)
        return etag

    def _read_etag(self, descriptor: int) -> str:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            etag = hashlib.file_digest(file, "sha256").hexdigest()
        os.lseek(descriptor, 0, os.SEEK_SET)
        return etag


class _OpenedFile:
    """An open file; what lies under its name meanwhile is another one."""

    def __init__(self, file: BufferedReader, etag: str) -> None:
        self._file, self.etag = file, etag
        self.size = os.fstat(file.fileno()).st_size

    def read(self, span: Span) -> bytes:
        return os.pread(self._file.fileno(), span[1] - span[0], span[0])

    def close(self) -> None:
        self._file.close()


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
