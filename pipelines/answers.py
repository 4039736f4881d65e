"""What kept bodies say: judged once, after they are kept. Nothing before this looks into a body but to find a page."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from catalog.declaration.dataset import Dataset
from catalog.errors import MinshengError, SourceError
from catalog.reasons.values import Fault, NotData
from pipelines.context import Context, DecodedFetch
from pipelines.decode.parts import bounded
from pipelines.decode.parts.bounded import OverBudget
from pipelines.protocols import AgencyProtocol, as_window_protocol, load_protocol
from pipelines.protocols.parts.addressed import Addressed, Answered
from pipelines.protocols.parts.request import Contents
from pipelines.records import Outcome, Record
from pipelines.redaction import redact_text

_NO_ANSWER = "expected an answer, found none"


class SoftwareFault(MinshengError):
    """The software failed on a kept body. The body stays, its fetch stays pending, and a later run tries again."""


def protocol_of(dataset: Dataset, record: Record) -> tuple[AgencyProtocol, Any]:
    """Return the protocol that a fetch was asked by, and its parameters then: the declared source may be another now.

    Raises:
        DeclarationError: that protocol, or one of its parameters, is not known any more.
    """
    place = f"{dataset.name}: fetch {record.k}"
    protocol, source = load_protocol(record.asked.get("source", dataset.minsheng.origin), place)
    if window := record.asked.get("window"):
        ranges = {word: (low, high) for word, (low, high) in window.items()}
        source = as_window_protocol(protocol, place).narrow(source, ranges)
    # What was asked is known of a record that says it: older ones do not, and the pages of a replay are those listed.
    if isinstance(source, Addressed) and "source" in record.asked and "replay" not in record.asked:
        answers = [Answered(page["status"], page["headers"].get("link")) for page in record.pages]
        source = source.filled(record.asked.get("values", [{}]), answers)
    return protocol, source


def judge(ctx: Context, dataset: Dataset, k: int) -> Outcome | None:
    """Judge from its kept bodies whether fetch k is a whole answer, and hold its records for the fold that follows.

    Args:
        ctx: the run; nothing is stored.
        dataset: the declaration.
        k: a fetch whose transport is complete. One that was judged in this run is not judged again.

    Returns:
        The refusal: not data, or not the whole answer. None when it is whole.

    Raises:
        SoftwareFault: the software failed. Nothing is decided, and `evidence.faults` says why.
        IntegrityError: a body is gone, or is not what its hash says.
    """
    evidence = ctx.evidence(dataset.name)
    record = evidence.read(k)
    if record.judged or k in evidence.judged:
        return None
    ctx.last_decoded.fetch = None  # before the next one is decoded: memory holds one fetch
    protocol, source = protocol_of(dataset, record)
    bodies = [evidence.body(page["sha256"]) for page in record.answers]
    try:
        with _guarded(dataset.name, k):
            contents = bounded.call(protocol.contents, source, bodies) if bodies else _nothing(record)
    except SoftwareFault as fault:
        evidence.faults[k] = Fault(of="software", detail=redact_text(fault.message, ctx.secrets))
        raise
    except OverBudget as error:
        return Outcome("refused", reason=NotData(detail=error.message), incomplete=True)
    except SourceError as error:  # records, but no text: what the agency said is whole, and cannot be folded
        return Outcome("refused", reason=NotData(detail=redact_text(error.message, ctx.secrets)))
    if contents.incomplete and not (contents.empty and dataset.minsheng.empty == "data"):
        detail = record.stopped or contents.incomplete
        detail = f"{record.replayed_file}: {detail}" if record.replayed_file else detail
        return Outcome("refused", reason=NotData(detail=redact_text(detail, ctx.secrets)), incomplete=True)
    evidence.judged.add(k)
    ctx.last_decoded.fetch = DecodedFetch(dataset.name, k, contents.records)
    return None


def _nothing(record: Record) -> Contents:
    """Say that there is no body to judge."""
    count = len(record.missing)
    nowhere = f"expected an answer, found nothing at any of {count} addresses (status 404)"
    return Contents(incomplete=nowhere if count else _NO_ANSWER)


def decoded(ctx: Context, dataset: Dataset, k: int) -> list[pa.Table]:
    """Return the records of each page of fetch k, as the agency names and writes them.

    Raises:
        SourceError: they cannot be decoded.
        SoftwareFault: the software failed.
        IntegrityError: a body is gone, or is not what its hash says.
    """
    held = ctx.last_decoded.take(dataset.name, k)
    if held is not None:
        return list(held)
    evidence = ctx.evidence(dataset.name)
    record = evidence.read(k)
    protocol, source = protocol_of(dataset, record)
    pages = []
    for page in record.answers:
        body = evidence.body(page["sha256"])
        with _guarded(dataset.name, k):
            pages.append(bounded.call(protocol.records, source, body))
    return pages


@contextlib.contextmanager
def _guarded(slug: str, k: int) -> Iterator[None]:
    """Guard a look into kept bodies: what fails there, and is not told as the agency's fault, is the software's."""
    try:
        yield
    except MinshengError:
        raise
    except Exception as error:
        logging.getLogger(__name__).exception("a fault of the software with %s, fetch %d", slug, k)
        raise SoftwareFault(f"fetch {k}: {type(error).__name__}: {error}", place=slug) from error
