"""What fills a template: values of another dataset's column, as its newest release has them."""

from typing import Any

from catalog.declaration.dataset import Dataset
from catalog.errors import SourceError
from catalog.release import served
from catalog.release.read import ReleaseFiles
from pipelines.context import Context
from pipelines.protocols import AgencyProtocol, load_protocol
from pipelines.protocols.parts.addressed import Addressed


def columns_of(ctx: Context, dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """Return the values of each place that another dataset fills: each once, in order, without nulls.

    Args:
        ctx: the run.
        dataset: the declaration.

    Raises:
        SourceError: that dataset has no release, or no such column.
        IntegrityError: its release is damaged.
    """
    found = {}
    for word, said in dataset.minsheng.asked_over.items():
        name, column = said["dataset"], str(said.get("column"))
        release = served.served(ctx.public, name)
        if release is None:
            raise SourceError(
                f"{dataset.name} is asked over {name}, which has no release; run `minsheng run {name}` first"
            )
        table = ReleaseFiles(ctx.public, release).table()
        if column not in table.column_names:
            raise SourceError(
                f"{dataset.name} is asked over {column!r} of {name}, which has {', '.join(table.column_names)}"
            )
        values = table.column(column).unique().drop_null().cast("string").to_pylist()
        found[word] = tuple(sorted(values))
    return found


def told(ctx: Context, dataset: Dataset) -> tuple[AgencyProtocol, Any]:
    """Return the protocol of a dataset, and its parameters, which know what windows and templates need.

    Raises:
        SourceError: what fills a template is not there.
    """
    protocol, source = load_protocol(dataset.minsheng.origin, dataset.name)
    if isinstance(source, Addressed):
        source = source.told(dataset.minsheng.window_asked, columns_of(ctx, dataset))
    return protocol, source
