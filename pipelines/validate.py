"""Is a declaration right, with everything that it names? What `minsheng check` asks."""

import contextlib
import functools
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from catalog.declaration.dataset import Agency, Dataset, load_agencies, load_dataset, slugs
from catalog.declaration.pipeline import INLINE, OURS
from catalog.declaration.references import Valid
from catalog.declaration.site import NAME, SiteDeclaration, load_site
from catalog.errors import MinshengError
from pipelines.fetch import derived as derive
from pipelines.fetch.intermediates import read_intermediates
from pipelines.protocols import check_window, load_protocol
from pipelines.shape import load_steps
from quality.suite import checks, load_suite


class Files:
    """The files of a folder of declarations, each read once: many declarations name the same agencies and tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._datasets: dict[str, Dataset] = {}

    @functools.cached_property
    def slugs(self) -> list[str]:
        """The names of all datasets."""
        return slugs(self.folder)

    @functools.cached_property
    def agencies(self) -> dict[str, Agency]:
        """Every agency; raises DeclarationError."""
        return load_agencies(self.folder)

    @functools.cached_property
    def site(self) -> SiteDeclaration:
        """What the pages of all datasets share; raises DeclarationError."""
        return load_site(self.folder)

    def dataset(self, slug: str) -> Dataset:
        """Return a declaration; raises DeclarationError."""
        if slug not in self._datasets:
            self._datasets[slug] = load_dataset(self.folder, slug)
        return self._datasets[slug]


def validate(datasets: Path, slug: str, files: Files | None = None) -> list[str]:
    """Validate one declaration and its suite.

    Args:
        datasets: the folder of declarations.
        slug: which.
        files: of the folder, where several of its datasets are validated.

    Returns:
        A sentence for each fault: file, key, what was expected, what to write. Nothing when it is right.
    """
    files = files or Files(datasets)
    try:
        dataset = files.dataset(slug)
    except MinshengError as error:
        return str(error).splitlines()
    place = str(datasets / slug / "dataset.yaml")
    faults = _agency(files, dataset, place) + _source(files, dataset, place) + _references(files, dataset, place)
    return faults + _shown(files, dataset, place) + _suite(datasets, dataset)


def _agency(files: Files, dataset: Dataset, place: str) -> list[str]:
    datasets = files.folder
    try:
        agencies = files.agencies
    except MinshengError as error:
        return str(error).splitlines()
    if dataset.minsheng.agency not in agencies:
        known = ", ".join(sorted(agencies))
        return [f"{place}: minsheng.agency: no {dataset.minsheng.agency!r} in agencies.yaml; known: {known}"]
    if dataset.minsheng.origin["protocol"] not in OURS and not agencies[dataset.minsheng.agency].hosts:
        return [f"{place}: minsheng.agency: {dataset.minsheng.agency} names no host in agencies.yaml that may be asked"]
    try:
        read_intermediates(datasets, agencies[dataset.minsheng.agency])
    except MinshengError as error:
        return [f"{datasets / str(error)}"]
    return []


def _source(files: Files, dataset: Dataset, place: str) -> list[str]:
    try:
        protocol, source = load_protocol(dataset.minsheng.origin, place)
        check_window(protocol, source, dataset.minsheng.window_asked, place)
        load_steps(dataset, place)
    except MinshengError as error:
        return str(error).splitlines()
    if dataset.minsheng.derive:
        return derive.check(Path(place).parent, dataset, place, files.dataset)
    table = dataset.minsheng.origin.get("table")
    if dataset.minsheng.origin["protocol"] == INLINE and not (Path(place).parent / str(table)).is_file():
        return [f"{place}: minsheng.source.table: expected the file {table} beside it, found none"]
    return []


def _licences(dataset: Dataset, other: Dataset, place: str) -> list[str]:
    """What is made from a dataset stands under that dataset's licences too: readers of the result must keep them."""
    name = other.name
    missing = sorted({licence.name for licence in other.licenses} - {licence.name for licence in dataset.licenses})
    if not missing:
        return []
    return [
        f"{place}: licenses: {name}, which it is derived from, is under {', '.join(missing)}; found "
        f"{', '.join(licence.name for licence in dataset.licenses)}; list both, or derive it without {name}"
    ]


class _LookedUp(NamedTuple):
    """Fields of another dataset that a declaration names."""

    key: str
    dataset: str
    fields: tuple[str, ...]
    valid: Valid | None = None


def _looked_up(dataset: Dataset) -> Iterator[_LookedUp]:
    for one in dataset.minsheng.references:
        yield _LookedUp(f"minsheng.references ({', '.join(one.fields)})", one.dataset, one.used, one.valid)
    for field in dataset.table.fields:
        if field.codes and field.codes.table:
            table = field.codes.table
            yield _LookedUp(f"schema.fields ({field.name}).codes.table", table.dataset, table.used, table.valid)
    for word, over in dataset.minsheng.asked_over.items():
        yield _LookedUp(f"minsheng.source.over.{word}", over["dataset"], (str(over.get("column")),))


def _references(files: Files, dataset: Dataset, place: str) -> list[str]:
    faults, declared, looked_up = [], files.slugs, list(_looked_up(dataset))
    others = _loaded(files, {*dataset.inputs, *(one.dataset for one in looked_up)} & set(declared))
    for name in dataset.inputs:
        if name not in declared:
            faults.append(f"{place}: minsheng.derive.over: no dataset {name!r}; declared: {', '.join(declared)}")
        elif name in others:
            faults += _licences(dataset, others[name], place)
    for key, name, columns, valid in looked_up:
        if name not in declared:
            faults.append(f"{place}: {key}: no dataset {name!r}; declared: {', '.join(declared)}")
        if name not in others:
            continue
        if others[name].minsheng.publish == "none" != dataset.minsheng.publish:
            faults.append(
                f"{place}: {key}: {name} is not published (publish: none): only derive reads it, because what a table "
                "is looked up for is public"
            )
        known = {field.name: field for field in others[name].published}
        faults += [
            f"{place}: {key}: {name} has no field {one!r}; fields: {', '.join(known)}"
            for one in columns
            if one not in known
        ]
        faults += [
            f"{place}: {key}.valid: expected a date or a datetime of {name}, found {one}, a {known[one].type}"
            for one in (valid.fields if valid else ())
            if one in known and known[one].type not in ("date", "datetime")
        ]
    return faults


def _loaded(files: Files, names: Collection[str]) -> dict[str, Dataset]:
    """Datasets by name, but for those that cannot be loaded: they say their own faults."""
    found = {}
    for name in names:
        with contextlib.suppress(MinshengError):
            found[name] = files.dataset(name)
    return found


def _shown(files: Files, dataset: Dataset, place: str) -> list[str]:
    datasets = files.folder
    try:
        site = files.site
    except MinshengError as error:
        return str(error).splitlines()
    faults, topic, places = [], dataset.minsheng.topic, site.places
    if topic is not None and topic not in site.topics:
        known = ", ".join(site.topics) or "none"
        faults.append(f"{place}: minsheng.topic: no {topic!r} in {NAME}; known: {known}")
    if places and places.dataset not in files.slugs:
        known = ", ".join(files.slugs)
        faults.append(f"{datasets / NAME}: places.dataset: no dataset {places.dataset!r}; declared: {known}")
    if dataset.minsheng.publish == "none" and dataset.name in (places.dataset if places else "", *site.first):
        faults.append(f"{datasets / NAME}: {dataset.name} is not published (publish: none); name another dataset")
    if places and places.dataset == dataset.name and (places.code,) != dataset.table.primary_key:
        key = ", ".join(dataset.table.primary_key)
        faults.append(
            f"{datasets / NAME}: places.code: expected the key of {dataset.name}, {key}, found {places.code!r}"
        )
    return faults


def _suite(datasets: Path, dataset: Dataset) -> list[str]:
    place = str(datasets / dataset.name / "quality.yaml")
    try:
        suite = load_suite(datasets, dataset.name)
        if not suite.expectations:
            return []
        from quality.known import surely_right  # here: a dataset without such checks does not need it

        unsure = [one for one in checks(dataset, suite, {}, {}) if not surely_right(one)]
        if unsure:
            from quality.run import expectation  # here: it brings Great Expectations, and its seconds

            for one in unsure:
                expectation(one, place)
    except MinshengError as error:
        return str(error).splitlines()
    known = {field.name for field in dataset.published}
    faults = []
    for asked in suite.expectations:
        named = [asked.kwargs.get(key) for key in ("column", "column_A", "column_B")] + list(
            asked.kwargs.get("column_list", ())
        )
        faults += [
            f"{place}: {asked.id}: no field {name!r}; fields: {', '.join(sorted(known))}"
            for name in named
            if isinstance(name, str) and name not in known
        ]
    return faults
