"""The command `evidence`: one fetch as it is kept, and its bytes as files."""

from pathlib import Path
from typing import Any

from catalog.errors import DecisionError
from catalog.reasons.sentences import sentence
from pipelines.cli.show import say, say_json, say_table
from pipelines.context import Context
from pipelines.records import Outcome, Record
from pipelines.settings import Settings, open_context

_ENDS = {
    "json": "json", "csv": "csv", "xml": "xml", "html": "html", "zip": "zip", "gzip": "gz", "sheet": "xlsx",
    "excel": "xls", "plain": "txt",
}  # fmt: skip
"""By what stands in the type that the agency sent, the end of a file's name."""


def evidence_command(settings: Settings, dataset: str, k: int | None, *, save: Path | None, as_json: bool) -> int:
    """Show one fetch as it is kept, and write its bodies into a folder.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        k: the number of the fetch; None stands for the newest.
        save: the folder; None writes nothing.
        as_json: whether to print JSON.
    """
    with open_context(settings, writing=False) as ctx:
        evidence = ctx.evidence(dataset)
        newest = evidence.newest()
        k = k or newest
        if not 0 < k <= newest:
            raise DecisionError(f"{dataset} has no fetch {k or 1}; its newest is {newest}" if newest else
                                f"{dataset} was never fetched here; run it first")  # fmt: skip
        record, outcome = evidence.read(k), evidence.outcome(k)
        files = _save(ctx, dataset, record, save) if save else []
    if as_json:
        say_json(_json(dataset, record, outcome, files))
        return 0
    say(f"{dataset}, fetch {k} of {newest}, begun {record.fetched_at.isoformat()}: {record.transport}")
    say(_became(outcome, settings.language))
    say_table(
        ("page", "status", "bytes", "sha256", "address"),
        [
            (page, one["status"], one["bytes"], one["sha256"][:16], one["address"])
            for page, one in enumerate(record.pages, 1)
        ],
    )
    for path in files:
        say(f"saved {path}")
    return 0


def _became(outcome: Outcome | None, language: str) -> str:
    if outcome is None:
        return "nothing is decided of it yet"
    why = f": {sentence(outcome.reason, language)}" if outcome.reason else ""
    to = {"folded": f" in release {outcome.n}", "superseded": f" by fetch {outcome.by}"}.get(outcome.what, "")
    return f"{outcome.what}{to}{why}"


def _json(dataset: str, record: Record, outcome: Outcome | None, files: list[Path]) -> dict[str, Any]:
    pages = [{name: one[name] for name in ("address", "status", "bytes", "sha256")} for one in record.pages]
    return {
        "dataset": dataset,
        "k": record.k,
        "fetched_at": record.fetched_at,
        "transport": record.transport,
        "outcome": outcome.what if outcome else None,
        "pages": pages,
        "files": [str(path) for path in files],
    }


def _save(ctx: Context, dataset: str, record: Record, folder: Path) -> list[Path]:
    """Write the bodies of a fetch, one file each; a file that is there with other bytes is left alone."""
    evidence, paths = ctx.evidence(dataset), list[Path]()
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(record.pages, 1):
        body = evidence.body(page["sha256"])
        path = folder / f"{dataset}-{record.k}-{number}.{_end(page, body)}"
        if path.exists() and path.read_bytes() != body:
            raise DecisionError(f"expected no other file at {path}, found one; name another folder with --save")
        path.write_bytes(body)
        paths.append(path)
    return paths


def _end(page: dict[str, Any], body: bytes) -> str:
    """The end of a file's name, by the type that the agency sent; where that tells nothing, by the first sign."""
    sent = page["headers"].get("content-type", "").lower()
    return next((end for word, end in _ENDS.items() if word in sent), "json" if body[:1] in (b"[", b"{") else "bin")
