"""What stewards declared of a dataset, and the reference tables it looks at: as it stands, or as a release stored it.

Everything is read once for a run: declarations, agencies, suites, tables, and the order in which datasets are taken.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from catalog import keys
from catalog.declaration.cells import Table
from catalog.declaration.dataset import Agency, Dataset, digest, load_agencies, load_dataset, slugs
from catalog.declaration.pipeline import INLINE
from catalog.declaration.site import SiteDeclaration, load_site
from catalog.errors import DeclarationError, SourceError
from catalog.release import publish, served
from catalog.release.digest import Document, sha256
from catalog.release.document import Input, Release
from catalog.release.read import DamagedFile, ReleaseFiles
from catalog.store import Absent, Store
from pipelines.lookup import twofold
from quality.suite import LEAVES, Suite, load_suite, read_suite

_MEANT = (
    "source",
    "derive",
    "load",
    "window",
    "shape",
    "omit",
    "corrections",
    "conflict",
    "ignore",
    "partition",
    "references",
    "empty",
    "quarantine",
)
"""What rows depend on, of the block `minsheng`."""


@dataclass(frozen=True)
class Declared:
    """A declared dataset and everything that a fold draws on, besides evidence."""

    dataset: Dataset
    suite: Suite
    agency: Agency
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    """Of each reference table, by dataset: the columns that are used, as texts."""
    inputs: tuple[Input, ...] = ()
    """The release that each table is from."""
    not_checked: tuple[str, ...] = ()
    """Datasets that it refers to and that have no release."""

    @property
    def slug(self) -> str:
        """The name of the dataset."""
        return self.dataset.name

    @property
    def replaces(self) -> bool:
        """Whether each fetch is the whole truth."""
        return self.dataset.minsheng.load == "replace"

    @cached_property
    def fingerprint(self) -> str:
        """The hash of all that rows depend on: the declaration's meaning, tables, expectations that take rows out."""
        taking = [one for one in self.suite.expectations if one.severity in LEAVES]
        return digest(
            {
                "meaning": self.dataset.meaning(),
                "tables": {name: table.to_pylist() for name, table in self.tables.items()},
                "taking": [one.model_dump(mode="json", exclude={"reason"}) for one in taking],
            }
        )

    @cached_property
    def fact(self) -> Document:
        """The `declaration` fact of a release, from which `of_release` makes an equal value."""
        return {
            "dataset": self.dataset.dump(),
            # How its server is trusted says nothing of the data.
            "agency": self.agency.model_dump(mode="json", by_alias=True, exclude={"intermediates"}),
            "quality": self.suite.model_dump(mode="json", by_alias=True),
            "tables": {name: table.to_pylist() for name, table in self.tables.items()},
            "not_checked": list(self.not_checked),
        }

    @cached_property
    def suite_digest(self) -> str:
        """The hash of quality.yaml's content."""
        return digest(self.suite.model_dump(mode="json", by_alias=True))


class Declarations:
    """The folder of declarations; each file is read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._declared: dict[str, Declared] = {}
        self._tables: dict[tuple[str, str], pa.Table] = {}
        self._steps: dict[str, bool] = {}

    @cached_property
    def site(self) -> SiteDeclaration:
        """What the pages of all datasets share.

        Raises:
            DeclarationError: site.yaml is wrong.
        """
        return load_site(self.folder)

    @cached_property
    def agencies(self) -> dict[str, Agency]:
        """Every agency of agencies.yaml.

        Raises:
            DeclarationError: the file is wrong.
        """
        return load_agencies(self.folder)

    @cached_property
    def slugs(self) -> list[str]:
        """The names of all datasets."""
        return slugs(self.folder)

    def dataset(self, slug: str) -> Dataset:
        """Return the declaration of a dataset."""
        return self.of(slug).dataset

    def of(self, slug: str) -> Declared:
        """Return a dataset as its files say, without reference tables.

        Raises:
            DeclarationError: there is no such dataset, a file is wrong, or agencies.yaml does not know the agency.
        """
        if slug not in self._declared:
            dataset, suite = load_dataset(self.folder, slug), load_suite(self.folder, slug)
            self._declared[slug] = Declared(dataset, suite, self._agency(dataset))
        return self._declared[slug]

    def is_step(self, slug: str) -> bool:
        """Return whether a dataset is only there for others to be derived from (`publish: none`).

        One whose declaration is wrong or gone is none: nothing of it is released.
        """
        if slug not in self._steps:
            path = self.folder / slug / "dataset.yaml"
            self._steps[slug] = False
            if slug in self._declared or (path.is_file() and b"none" in path.read_bytes()):  # few are worth reading
                with contextlib.suppress(DeclarationError):
                    self._steps[slug] = self.of(slug).dataset.minsheng.publish == "none"
        return self._steps[slug]

    def _agency(self, dataset: Dataset) -> Agency:
        name = dataset.minsheng.agency
        if name not in self.agencies:
            raise DeclarationError(
                f"{self.folder / dataset.name / 'dataset.yaml'}: minsheng.agency: no {name!r} in agencies.yaml; "
                f"known: {', '.join(sorted(self.agencies))}"
            )
        return self.agencies[name]

    def instead(self, dataset: Dataset) -> "Declarations":
        """Return the same folder, in which a declaration is as given, and not as its file says."""
        other = Declarations(self.folder)
        other._declared = self._declared | {dataset.name: replace(self.of(dataset.name), dataset=dataset)}
        return other

    def all(self) -> list[Declared]:
        """Return every dataset.

        Raises:
            DeclarationError: every fault of every file, one a line.
        """
        declared, faults = [], []
        for slug in self.slugs:
            try:
                declared.append(self.of(slug))
            except DeclarationError as error:
                faults.append(str(error))
        if faults:
            raise DeclarationError("\n".join(faults))
        return declared

    def needs(self, slug: str) -> tuple[str, ...]:
        """Return the datasets whose releases a dataset is made with: tables, inputs, and what fills its requests."""
        dataset = self.dataset(slug)
        asked = [over["dataset"] for over in dataset.minsheng.asked_over.values()]
        return (*dataset.tables, *dataset.inputs, *asked)

    def in_order(self, wanted: Iterable[str]) -> list[str]:
        """Return datasets, and the inline ones that they refer to, each after those it refers to.

        Raises:
            DeclarationError: an unknown dataset.
            SourceError: datasets refer to one another in a circle.
        """
        wanted = list(wanted)
        ordered: list[str] = []

        def add(slug: str, path: tuple[str, ...]) -> None:
            if slug in ordered:
                return
            if slug in path:
                raise SourceError(f"datasets refer to one another in a circle: {' -> '.join([*path, slug])}")
            for name in self.needs(slug):
                if name in wanted or self.dataset(name).minsheng.origin["protocol"] == INLINE:
                    add(name, (*path, slug))
            ordered.append(slug)

        for slug in wanted:
            add(slug, ())
        return ordered

    def with_tables(self, public: Store, slug: str) -> Declared:
        """Return a dataset as it stands, with the newest release of each reference table.

        Raises:
            DeclarationError: it is wrong, or a table that gives its codes has no release.
        """
        declared = self.of(slug)
        dataset, tables, inputs, not_checked = declared.dataset, {}, [], []
        for name in dataset.tables:
            if self.is_step(name) and dataset.minsheng.publish != "none":
                raise DeclarationError(
                    f"{slug}: {name} is not published (publish: none), and the rows of a table that is looked up are: "
                    f"derive a table from {name} that may be public, and look up that one"
                )
            release = served.served(public, name)
            if release is None:
                if any(
                    one.codes and one.codes.table and one.codes.table.dataset == name for one in dataset.table.fields
                ):
                    raise DeclarationError(
                        f"{slug} takes codes from {name}, which has no release; run `minsheng run {name}` first"
                    )
                not_checked.append(name)
                continue
            tables[name] = _used(dataset, name, self._table(public, name, release))
            inputs.append(Input(name, release.n, release.sha256))
        return replace(declared, tables=tables, inputs=tuple(inputs), not_checked=tuple(not_checked))

    def _table(self, public: Store, name: str, release: Release) -> pa.Table:
        place = (name, release.sha256)
        if place not in self._tables:
            self._tables[place] = ReleaseFiles(public, release).table()
        return self._tables[place]


def of_release(public: Store, private: Store, release: Release) -> Declared:
    """Return a dataset as a release stored it.

    Raises:
        IntegrityError: the stored declaration is gone, from the private store too, or not what its hash says.
    """
    stored = _declaration(public, private, release)
    return of_stored(stored, f"{release.name} as declared in release {release.n}", release.facts.inputs)


def of_stored(stored: Document, place: str, inputs: tuple[Input, ...]) -> Declared:
    """Return a dataset as the declaration fact of a release or a candidate has it.

    Args:
        stored: the fact.
        place: whose it is, for messages.
        inputs: the releases that it names.
    """
    return Declared(
        dataset=Dataset.load(stored["dataset"], place),
        agency=Agency.model_validate(stored["agency"]),
        suite=read_suite(stored["quality"], place),
        tables={name: _texts(rows) for name, rows in stored["tables"].items()},
        inputs=inputs,
        not_checked=tuple(stored["not_checked"]),
    )


def with_meaning_of(stored: Declared, current: Declared) -> Declared:
    """Return what rows depend on as stored, and what people read and guards look at as it stands now."""
    texts = {field.name: field for field in current.dataset.table.fields}
    fields = tuple(
        field.model_copy(update={"title": texts[field.name].title, "description": texts[field.name].description})
        if field.name in texts
        else field
        for field in stored.dataset.table.fields
    )
    old = stored.dataset.minsheng
    kept = {name: getattr(old, name) for name in _MEANT}
    update = {
        "table": stored.dataset.table.model_copy(update={"fields": fields}),
        "minsheng": current.dataset.minsheng.model_copy(update=kept),
    }
    return replace(
        stored,
        dataset=current.dataset.model_copy(update=update),
        agency=current.agency,
        suite=Suite(
            expectations=tuple(
                [one for one in stored.suite.expectations if one.severity in LEAVES]
                + [one for one in current.suite.expectations if one.severity not in LEAVES]
            )
        ),
    )


def _declaration(public: Store, private: Store, release: Release) -> Document:
    """The declaration fact; where the public one is damaged, that of the candidate that brought it."""
    slug, fact = release.name, release.facts.facts["declaration"]
    try:
        return ReleaseFiles(public, release).fact("declaration")
    except DamagedFile:
        for n in range(release.n, 0, -1):
            earlier = release if n == release.n else publish.load(public, slug, n)
            with contextlib.suppress(Absent):
                body = private.get(keys.candidate(slug, earlier.candidate, fact.path)).body
                if sha256(body) == fact.sha256:
                    stored: Document = json.loads(body)
                    return stored
        raise


def _used(dataset: Dataset, name: str, table: pa.Table) -> pa.Table:
    """The columns that the dataset looks at, as texts, in order of name."""
    used = {each for one in dataset.minsheng.references if one.dataset == name for each in one.used}
    used |= {each for _, said in _of_codes(dataset, name) for each in said.used}
    unknown = sorted(used - set(table.column_names))
    if unknown:
        raise DeclarationError(
            f"{dataset.name} looks at {unknown[0]!r} of {name}, which has {', '.join(table.column_names)}"
        )
    texts = pa.table({column: table.column(column).cast(pa.string()) for column in sorted(used)})
    _check_codes(dataset, name, texts)
    return texts


def _of_codes(dataset: Dataset, name: str) -> list[tuple[str, Table]]:
    """The fields whose codes are from a table, and how they are looked up there."""
    coded = [(field.name, field.codes.table) for field in dataset.table.fields if field.codes and field.codes.table]
    return [(field, said) for field, said in coded if said.dataset == name]


def _check_codes(dataset: Dataset, name: str, table: pa.Table) -> None:
    """Raise DeclarationError where a table has two codes for the same words."""
    for coded, said in _of_codes(dataset, name):
        found = twofold(table, said.words, said.value, said.valid)
        if found is not None:
            words = " and ".join(f"{column} {word!r}" for column, word in zip(said.words, found.words, strict=True))
            mend = (
                f"at the same time; correct {' and '.join(said.valid.fields)} there"
                if said.valid
                else "so nobody knows which one is meant; correct the table, or tell the rows apart: by another field "
                "(with), or by the time at which each is valid (at and valid)"
            )
            raise DeclarationError(
                f"{dataset.name}: the field {coded} takes its codes from {name}, where {words} stands twice: "
                f"{said.value} is {found.values[0]!r} and {found.values[1]!r}, {mend}"
            )


def _texts(rows: Sequence[Mapping[str, str]]) -> pa.Table:
    names = sorted({name for row in rows for name in row})
    return pa.Table.from_pylist(list(rows), schema=pa.schema([(name, pa.string()) for name in names]))
