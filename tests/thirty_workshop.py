"""Commands of ours, each in a process of its own, forked by a program that has imported what they need.

To import Great Expectations takes longer than all else in a small night, and a hundred nights would wait for it.
Run as a program, it hears a command line as JSON, forks, says the child's number, and then how that ended.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

OUT, ERRORS = "command.out", "command.errors"


@dataclass
class Command:
    """A command that goes on."""

    pid: int
    _workshop: subprocess.Popen[str]
    _code: int | None = None

    @property
    def goes_on(self) -> bool:
        if self._code is None and select.select([self._workshop.stdout], [], [], 0)[0]:
            self.wait()
        return self._code is None

    def wait(self) -> int:
        """How it ended; below zero: the signal."""
        if self._code is None:
            assert self._workshop.stdout
            self._code = int(self._workshop.stdout.readline())
        return self._code

    def kill(self) -> None:
        """Kill it, and what it started."""
        os.killpg(self.pid, signal.SIGKILL)


@dataclass
class Workshop:
    """The program that forks; one command at a time."""

    folder: Path
    _process: subprocess.Popen[str]

    def begin(self, words: Sequence[str]) -> Command:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return Command(int(self._process.stdout.readline()), self._process)

    @property
    def said(self) -> str:
        """What the last command said on standard output."""
        return (self.folder / OUT).read_text(encoding="utf-8")

    @property
    def complained(self) -> str:
        """What it said on standard error."""
        return (self.folder / ERRORS).read_text(encoding="utf-8")


@contextlib.contextmanager
def workshop(folder: Path, within: Sequence[str], environ: Mapping[str, str]) -> Iterator[Workshop]:
    """Start the program."""
    with subprocess.Popen(
        [*within, sys.executable, __file__, str(folder)],
        env=dict(environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield Workshop(folder, process)
        finally:
            assert process.stdin
            process.stdin.close()


def _serve(folder: str) -> None:
    import quality.run  # noqa: F401  what takes long
    from catalog.site import pages
    from pipelines.cli import candidates, commands, garbage, main, night, reader, steward  # noqa: F401

    templates = pages._environment()
    for name in templates.list_templates(["html", "svg"]):
        templates.get_template(name)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.setsid()
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            for number, name, how in ((0, os.devnull, os.O_RDONLY), (1, OUT, flags), (2, ERRORS, flags)):
                os.dup2(os.open(os.path.join(folder, name), how), number)  # noqa: PTH118
            sys.argv = ["minsheng", *json.loads(line)]
            main.entry()
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
