"""The answer that is looked at: the bytes of a file, or of an address that is asked as every agency is asked."""

from dataclasses import dataclass
from pathlib import Path

from catalog.declaration.dataset import Agency
from catalog.errors import DecisionError, SourceError
from pipelines.fetch.fetcher import Fetcher
from pipelines.propose.proof import dataset_of
from pipelines.propose.source import AskedSource, source_of_file


@dataclass(frozen=True)
class AgencyAnswer:
    """Bytes, and where they come from."""

    body: bytes
    place: str
    """The address, or the path of the file, for people."""
    asked: AskedSource


def of_file(path: Path, agencies: dict[str, Agency], agency: str | None) -> AgencyAnswer:
    """Return the answer in a file.

    Args:
        path: the file.
        agencies: by name.
        agency: whose it is; None if nobody says so.

    Raises:
        DecisionError: there is no such file, or no such agency.
    """
    if not path.is_file():
        raise DecisionError(f"expected a file or an https address, found neither at {path}")
    return AgencyAnswer(path.read_bytes(), str(path), source_of_file(path.name, str(path), agencies, agency))


def of_address(asked: AskedSource, agencies: dict[str, Agency], fetcher: Fetcher, datasets: Path) -> AgencyAnswer:
    """Ask for an answer, by the rules of the agency: its hosts, its pauses, its certificates.

    Args:
        asked: the address.
        agencies: by name.
        fetcher: asks.
        datasets: the folder of declarations, where certificates lie.

    Raises:
        SourceError: it did not answer, or not with a body.
    """
    source = {**asked.source, "format": "csv"}  # asking does not look into the body
    dataset = dataset_of([], agency=asked.agency, source=source)
    fetched = fetcher.fetch(dataset, datasets / dataset.name, agencies[asked.agency], None)
    if fetched.why or not fetched.pages:
        raise SourceError(fetched.why or "expected an answer, found none")
    return AgencyAnswer(fetched.pages[0].body, fetched.pages[0].address, asked)
