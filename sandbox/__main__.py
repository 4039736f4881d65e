"""The sandbox as a process: `python -m sandbox --datasets DIR --state FILE [--port N] [--now ISO]`."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from sandbox.clock import parse_time
from sandbox.errors import SandboxError
from sandbox.server import Sandbox


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. The first line on stdout is a JSON object with the address.

    Args:
        arguments: the command-line arguments; None takes those of the process.

    Returns:
        The exit code: 0 after a signal, 2 if a file or an argument is wrong.
    """
    options = _parser().parse_args(arguments)
    stop_requested = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop_requested.set())
    try:
        now = parse_time(options.now) if options.now else None
        with Sandbox(options.datasets, now, options.state, port=options.port) as sandbox:
            startup_facts = {"url": sandbox.url, "now": sandbox.now.isoformat(), "synthetic": True}
            sys.stdout.write(json.dumps(startup_facts) + "\n")
            sys.stdout.flush()
            stop_requested.wait()
    except (SandboxError, OSError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A stand-in for the agencies on 127.0.0.1. All its data are made up."
    )
    parser.add_argument("--datasets", type=Path, required=True, help="folder with one folder per dataset")
    parser.add_argument("--state", type=Path, required=True, help="file that keeps the clock and the faults")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one")
    parser.add_argument(
        "--now", help="simulated time at the first start, ISO 8601; a later start takes the time from the state file"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
