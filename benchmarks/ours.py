"""Our way, whole: `minsheng run`, with a stopwatch at the doors between its parts. A child process.

    python -m benchmarks.ours DATASET

The settings come from the environment, as always. Prints one JSON value: seconds by phase.
"""

import contextlib
import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.phases import Phases

PHASES = Phases()

with PHASES("import"):
    # Of what `minsheng run` imports late, these are imported here: else another phase would pay for them.
    importlib.import_module("catalog.store.s3")
    importlib.import_module("pandas")
    from catalog.derived import spreadsheets
    from catalog.release import publish
    from pipelines.candidate import build, rows
    from pipelines.cli.main import main
    from pipelines.conform import columns
    from pipelines.evidence import Evidence
    from pipelines.protocols import file
    from pipelines.refresh import settle as refresh

DOORS = (
    (Evidence, "record", "evidence"),
    (Evidence, "body", "evidence"),
    (file, "records", "decode"),
    (columns, "_trimmed", "decode"),
    (rows, "concatenate", "decode"),
    (rows, "conform", "conform"),
    (rows, "arrange", "fold"),
    (build, "fold_rows", "fold"),
    (build, "judged", "judge"),
    (build, "assemble", "write"),
    (publish, "stage", "commit"),
    (publish, "commit", "commit"),
    (refresh, "finish", "commit"),
    (spreadsheets, "write", "spreadsheets"),
)
"""Functions where the path goes from one part to the next."""


def import_first(judged: Callable[..., Any]) -> Callable[..., Any]:
    """Import Great Expectations when it is needed, as always, but outside of the phase that needs it."""

    def judging(*args: Any, **named: Any) -> Any:
        with PHASES("import"):
            importlib.import_module("quality.run")
        return judged(*args, **named)

    return judging


if __name__ == "__main__":
    for owner, function, name in DOORS:
        PHASES.watch(owner, function, name)
    build.judged = import_first(build.judged)  # type: ignore[attr-defined]
    with contextlib.redirect_stdout(sys.stderr), PHASES("rest"):
        code = main(["run", sys.argv[1]])
    print(json.dumps(PHASES.said()))
    sys.exit(code)
