"""The sandbox as a process: `python -m sandbox --datasets DIR --state FILE [--port N] [--now ISO]`."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from sandbox.clock import moment
from sandbox.errors import SandboxError
from sandbox.server import Sandbox


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the first line on stdout is a JSON object with the address.

    Args:
        arguments: instead of those of the process.

    Returns:
        0 after a signal, 2 where a file or an argument is wrong.
    """
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="The agencies on loopback; all is synthetic."
    )
    parser.add_argument("--datasets", type=Path, required=True, help="folder with one folder per dataset")
    parser.add_argument("--state", type=Path, required=True, help="file that keeps the clock and the faults")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--now", help="simulated time at the first start, ISO 8601; a state that was kept goes before it"
    )
    given = parser.parse_args(arguments)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        now = moment(given.now) if given.now else None
        with Sandbox(given.datasets, now, given.state, port=given.port) as sandbox:
            said = {"url": sandbox.url, "now": sandbox.now.isoformat(), "synthetic": True}
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()
            done.wait()
    except (SandboxError, OSError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
