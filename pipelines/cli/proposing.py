"""The command of stewards that begins a dataset: new."""

import datetime as dt
from pathlib import Path

from catalog.declaration.dataset import load_agencies
from catalog.errors import DecisionError
from pipelines.cli.show import note, say
from pipelines.context import ZONE
from pipelines.propose.answer import AgencyAnswer, of_address, of_file
from pipelines.propose.proposal import Proposal, Surroundings, propose
from pipelines.propose.record import is_record, read_record
from pipelines.propose.source import name_in, source_at
from pipelines.settings import Settings, open_fetcher
from pipelines.validate import validate


def new_command(settings: Settings, place: str, *, name: str | None, agency: str | None, record: str | None) -> int:
    """Look at an answer, and write a declaration for it.

    Args:
        settings: what the environment says.
        place: a file, or an https address.
        name: of the dataset; None takes it from the place.
        agency: whose file it is; None for an address, or where nobody says so.
        record: a file or an address of the record that data.gov.tw has of it.

    Returns:
        1 if `check` would find a fault in what is proposed, else 0.
    """
    name = name or name_in(place)
    folder = settings.datasets / name
    if folder.exists():
        raise DecisionError(f"expected no dataset {name} yet, found {folder}; choose another name with --name")
    answer = _look(settings, place, agency)
    if is_record(answer.body):
        raise DecisionError(_of_record(answer))
    portal = read_record(_look(settings, record, agency).body) if record else None
    around = Surroundings(settings.datasets, load_agencies(settings.datasets), dt.datetime.now(ZONE).date(), portal)
    proposal = propose(name, answer, around)
    folder.mkdir(parents=True)
    path = folder / "dataset.yaml"
    path.write_text(proposal.text, encoding="utf-8")
    say(_sentence(path, proposal))
    faults = validate(settings.datasets, name)
    for fault in faults:
        note(fault)
    return 1 if faults else 0


def _look(settings: Settings, place: str, agency: str | None) -> AgencyAnswer:
    agencies = load_agencies(settings.datasets)
    if "://" not in place:
        return of_file(Path(place), agencies, agency)
    fetcher = open_fetcher(settings, sandbox=settings.sources == "sandbox")
    return of_address(source_at(place, agencies), agencies, fetcher, settings.datasets)


def _of_record(answer: AgencyAnswer) -> str:
    addresses = read_record(answer.body).addresses
    ways = "\n".join(f"    minsheng new '{address}' --record '{answer.place}'" for address in addresses[:5])
    return f"that is the portal's record of a dataset, and not its data; its files are\n{ways}"


def _sentence(path: Path, proposal: Proposal) -> str:
    minsheng, fields = proposal.values["minsheng"], proposal.values["schema"]["fields"]
    key = ", ".join(proposal.values["schema"]["primaryKey"])
    return (
        f"{path}: {proposal.rows:,} rows of {minsheng['source']['format']}, {len(fields)} fields, key {key}; "
        f"{proposal.questions} questions\n"
        f"    Answer them in the file, then: minsheng check {proposal.values['name']}"
    )
