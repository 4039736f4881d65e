"""The two stores of one home, of either kind, which can be set back to how they were."""

import re
import secrets
from pathlib import Path
from typing import Any

from catalog.store import Store
from catalog.store.file import FileStore

Held = dict[str, bytes]
"""Every object of both stores, by `public/` or `private/` and its key."""
_LOOSE = re.compile(r"probe/.*")


class Home:
    """The two stores of one home: in a folder, or two collections of an S3 server."""

    def __init__(self, kind: str, folder: Path, server: Any = None) -> None:
        self.name = secrets.token_hex(6)
        self._kind, self._folder, self._server = kind, folder, server
        self.open()

    def open(self) -> None:
        """Open both stores anew: a forked process shares no connection with its parent."""
        kind, folder, server = self._kind, self._folder, self._server
        if kind == "s3":
            self.public: Store = server.open_public(self.name)
            self.private: Store = server.open_private(self.name)
        else:
            durable = kind == "file"
            self.public = FileStore(folder / self.name / "public", durable=durable)
            self.private = FileStore(folder / self.name / "private", durable=durable)

    def all(self) -> Held:
        return {
            f"{side}/{key}": store.get(key).body
            for side, store in (("public", self.public), ("private", self.private))
            for key in store.list("")
            if not _LOOSE.fullmatch(key)
        }

    def set_back(self, held: Held, wanted: Held) -> None:
        """Turn what it is known to hold into what it shall hold; what does not differ is not touched."""
        for name in held.keys() | wanted.keys():
            if held.get(name) != wanted.get(name):
                side, key = name.split("/", 1)
                store = self.public if side == "public" else self.private
                store.delete(key)
                if name in wanted:
                    store.put_new(key, wanted[name])
