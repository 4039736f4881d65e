"""A small disk for the store's data, which a test can fill: a tmpfs in a namespace, and gone with its process."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOMY, _ROOM = "8g", 64 * 1024
"""Of a tmpfs, which takes memory only for what lies in it; and what is left of a full one."""


@dataclass(frozen=True)
class Disk:
    """A disk that only processes begun with `within` see."""

    folder: Path
    holder: int

    @property
    def within(self) -> list[str]:
        """What a command line begins with, so that its process sees the disk."""
        return ["nsenter", "--user", "--mount", "--preserve-credentials", "-t", str(self.holder)]

    @property
    def used(self) -> int:
        """Bytes."""
        found = os.statvfs(f"/proc/{self.holder}/root{self.folder}")
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Take all room away but for a little, for as long as the context is open."""
        self._resize(str(self.used + _ROOM))
        try:
            yield
        finally:
            self._resize(_ROOMY)

    def _resize(self, size: str) -> None:
        words = ["mount", "-o", f"remount,size={size}", str(self.folder)]
        subprocess.run([*self.within, *words], check=True, timeout=60)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Disk | None]:
    """Mount one; None where this machine lets nobody have a namespace of his own."""
    folder.mkdir(parents=True)
    script = 'mount -t tmpfs -o size="$1" tmpfs "$2" && echo ready && exec sleep infinity'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", _ROOMY, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        try:
            yield Disk(folder, process.pid) if process.stdout.readline() == "ready\n" else None
        finally:
            process.kill()
