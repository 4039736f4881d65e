"""Our way, whole: what `minsheng run` does, with a stopwatch at the doors between its parts. A child process.

    python -m benchmarks.ours DATASET

The settings come from the environment, as always. Prints one JSON value: seconds by phase.
"""

import contextlib
import json
import sys

from benchmarks.phases import Phases

PHASES = Phases()

with PHASES("import"):
    from catalog import publish
    from catalog.store import s3
    from pipelines import build, refresh, run
    from pipelines.cli.main import main
    from pipelines.protocols import file
    from pipelines.sources import Replay

WATCHED = (
    (Replay, "_fetched", "evidence"),
    (run, "keep", "evidence"),
    (file, "records", "decode"),
    (build, "_heard", "decode"),
    (build, "conform", "conform"),
    (build, "judged", "judge"),
    (build, "_fold", "fold"),
    (build, "assemble", "write"),
    (publish, "stage", "stage"),
    (publish, "commit", "commit"),
    (refresh, "_finish", "settle"),
)
"""Functions where the path goes from one part to the next."""


def watch() -> None:
    """Set the stopwatch at every door."""
    for owner, function, name in WATCHED:
        PHASES.watch(owner, function, name)
    judged = build.judged

    def import_first(*args: object) -> object:
        with PHASES("import"):
            import quality.run  # noqa: F401
        return judged(*args)

    build.judged = import_first


if __name__ == "__main__":
    watch()
    assert s3
    with contextlib.redirect_stdout(sys.stderr), PHASES("rest"):
        code = main(["run", sys.argv[1]])
    print(json.dumps({"phases": PHASES.seconds}))
    sys.exit(code)
