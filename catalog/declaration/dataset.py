"""dataset.yaml -> a frozen Dataset: the schema, the metadata, the documentation and the steward's form at once."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
import rfc8785
from pydantic import Field, ValidationError, model_validator

from catalog.declaration.corrections import check_corrections
from catalog.declaration.explain import explain
from catalog.declaration.fields import FieldDeclaration, check_one_way, check_scales
from catalog.declaration.joins import check_joins
from catalog.declaration.maturity import check_maturity
from catalog.declaration.names import SLUG
from catalog.declaration.periods import check_by_order, check_grain, check_rows
from catalog.declaration.pipeline import Block
from catalog.declaration.references import check_references, check_timed_codes
from catalog.declaration.rows import check_newest, check_occurrence, check_totals
from catalog.declaration.strict import Listed, Strict, Text
from catalog.declaration.yaml12 import read_yaml
from catalog.errors import DeclarationError


class License(Strict):
    """A licence, by its name in https://opendefinition.org or SPDX, and its address."""

    name: str
    path: str = Field(pattern=r"^https://")
    title: Text


class Contributor(Strict):
    """Who made, publishes or looks after the data."""

    title: Text
    roles: Annotated[tuple[Literal["publisher", "creator", "steward", "contributor"], ...], Listed] = Field(
        min_length=1
    )
    path: str | None = Field(default=None, pattern=r"^https://")
    email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")


class SourceText(Strict):
    """Where the data comes from, for people."""

    title: Text
    path: str | None = Field(default=None, pattern=r"^https://")


class TableSchema(Strict):
    """The columns, their order, and the key."""

    fields: Annotated[tuple[FieldDeclaration, ...], Listed] = Field(min_length=1)
    primary_key: Annotated[tuple[str, ...], Listed] = Field(alias="primaryKey", min_length=1)
    missing: Annotated[tuple[str, ...], Listed] = Field(default=("",), alias="missingValues")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for field in self.fields:
            needed = field.constraints.required or field.name in self.primary_key
            if needed and field.optional:
                raise ValueError(f"the field {field.name} is needed in every row: it cannot be optional")
            if needed and field.codes and field.codes.other == "missing":
                raise ValueError(f"the field {field.name} is needed in every row: codes.other cannot be missing")
            mild = sorted(rule for rule, severity in field.severity.items() if severity == "warn")
            if needed and mild:
                raise ValueError(
                    f"the field {field.name} is needed in every row: severity of {mild[0]} must be quarantine, hold or "
                    "block, for a row without it cannot be published with a warning"
                )
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [field.name for field in self.fields]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the field {twice[0]} stands twice")
        published = [field.name for field in self.fields if field.publish == "yes"]
        for key in self.primary_key:
            if key not in published:
                raise ValueError(
                    f"primaryKey names {key!r}, which is no published field; fields: {', '.join(published)}"
                )
        check_scales(self.fields)
        check_joins(self.fields)
        for field in self.fields:
            others = [
                *(field.missing_when.when if field.missing_when else ()),
                *([field.flag.field] if field.flag else ()),
                *(field.codes.table.together.values() if field.codes and field.codes.table else ()),
            ]
            for other in others:
                if other not in names:
                    raise ValueError(
                        f"the field {field.name} speaks of {other!r}, which is no field; fields: {', '.join(names)}"
                    )
        check_timed_codes(self.fields)
        return self


class Dataset(Strict):
    """One dataset as declared. Frozen; the same file always gives an equal value."""

    name: str = Field(pattern=SLUG, max_length=63)
    title: Text
    description: Text
    keywords: Annotated[tuple[Text, ...], Listed] = ()
    licenses: Annotated[tuple[License, ...], Listed] = Field(min_length=1)
    contributors: Annotated[tuple[Contributor, ...], Listed] = Field(min_length=1)
    sources: Annotated[tuple[SourceText, ...], Listed] = Field(min_length=1)
    table: TableSchema = Field(alias="schema")
    minsheng: Block

    @model_validator(mode="after")
    def _partitioned(self) -> Self:
        partition, key = self.minsheng.partition, self.table.primary_key
        if (partition.grain == "none") != (partition.field is None):
            raise ValueError("minsheng.partition: a grain of month or year needs a field, and none takes none")
        if partition.field is not None:
            if partition.field not in key:
                raise ValueError(f"minsheng.partition: the field {partition.field!r} must be part of the primaryKey")
            check_grain(partition, self.field(partition.field))
        return self

    @model_validator(mode="after")
    def _windows(self) -> Self:
        for word, name in self.minsheng.window_fields:
            if name not in self.table.primary_key:
                raise ValueError(f"minsheng.window.{word}: the field {name!r} must be part of the primaryKey")
            if word != "from" and self.field(name).type not in ("date", "datetime", "string"):
                raise ValueError(f"minsheng.window.{word}: the field {name!r} must be a date, a datetime or a string")
            if word == "hour" and self.field(name).type != "datetime":
                raise ValueError(f"minsheng.window.{word}: the field {name!r} must be a datetime")
        return self

    @model_validator(mode="after")
    def _loaded(self) -> Self:
        for name in (name for omitted in self.minsheng.omit for name in omitted.when):
            try:
                self.field(name)
            except ValueError as error:
                raise ValueError(f"minsheng.omit: {error}") from None
        try:
            check_totals(self.minsheng.omit, self.table.fields)
        except ValueError as error:
            raise ValueError(f"minsheng.omit: {error}") from None
        spelled = {name: field.name for field in self.table.fields for name in field.heard}
        for name in self.minsheng.ignore.columns if self.minsheng.ignore else ():
            if name in spelled:
                raise ValueError(f"minsheng.ignore: the field {spelled[name]} reads {name!r}; take it from one of them")
        try:
            check_corrections(self.minsheng.corrections, self.table.fields, self.table.primary_key)
        except ValueError as error:
            raise ValueError(f"minsheng.corrections: {error}") from None
        try:
            check_references(self.minsheng.references, self.table.fields)
        except ValueError as error:
            raise ValueError(f"minsheng.references: {error}") from None
        return self

    @model_validator(mode="after")
    def _keyed(self) -> Self:
        counted = [field.name for field in self.table.fields if field.occurrence]
        check_by_order(self.table.fields, self.table.primary_key)
        check_occurrence(counted, self.table.primary_key, self.minsheng.load, self.minsheng.conflict)
        outside = [field for field in self.published if field.name not in self.table.primary_key]
        check_newest(self.minsheng.conflict, [field.name for field in outside if field.type != "boolean"])
        return self

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        guards = self.minsheng.guards
        check_rows(guards.rows, self.published)
        if guards.omitted is not None and not self.minsheng.omit:
            raise ValueError("minsheng.guards.omitted: no record is omitted; write omit, or leave it out")
        if guards.age and self.minsheng.partition.field is None:
            raise ValueError("minsheng.guards.age: is counted from minsheng.partition.field, which is not declared")
        return self

    @model_validator(mode="after")
    def _shown(self) -> Self:
        names = {field.name: field for field in self.published}
        for name in self.minsheng.personal:
            if name not in names:
                raise ValueError(f"minsheng.personal: {name!r} is no published field; fields: {', '.join(names)}")
        try:
            check_maturity(self.minsheng.maturity, self.published)
        except ValueError as error:
            raise ValueError(f"minsheng.maturity: {error}") from None
        views = self.minsheng.views
        for key, name in views.named if views else ():
            if name not in names:
                raise ValueError(f"minsheng.views.{key}: {name!r} is no published field; fields: {', '.join(names)}")
            if key in ("measure", "weight", "position") and names[name].type not in ("integer", "number"):
                raise ValueError(f"minsheng.views.{key}: the field {name!r} is no number")
        levels = views.levels if views else None
        known = [str(one.value) for one in names[levels.field].categories] if levels else []
        unknown = [code for code in levels.order if code not in known] if levels and known else []
        if levels and unknown:
            raise ValueError(
                f"minsheng.views.levels.order: no {unknown[0]!r} in the categories of {levels.field!r}: "
                f"{', '.join(known)}"
            )
        return self

    def field(self, name: str) -> FieldDeclaration:
        """Return a field by its name; raises ValueError when there is none."""
        for field in self.table.fields:
            if field.name == name:
                return field
        raise ValueError(f"{name!r} is no field; fields: {', '.join(field.name for field in self.table.fields)}")

    @property
    def published(self) -> tuple[FieldDeclaration, ...]:
        """The fields that readers see, in order."""
        return tuple(field for field in self.table.fields if field.publish == "yes")

    @property
    def arrow(self) -> pa.Schema:
        """The schema of every published table, without the metadata of its fields."""
        return pa.schema([pa.field(field.name, field.arrow) for field in self.published])

    @property
    def shape(self) -> list[tuple[str, str, str | None, bool]]:
        """What makes two schemas one: name, type and unit of each column, and whether it is of the key."""
        key = self.table.primary_key
        return [(field.name, str(field.arrow), field.unit, field.name in key) for field in self.published]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The datasets from whose releases this one's rows follow, in order of name."""
        return self.minsheng.derive.datasets if self.minsheng.derive else ()

    @property
    def occurrence(self) -> str | None:
        """The field that counts the rows of one fetch that are alike in the rest of the key."""
        return next((field.name for field in self.table.fields if field.occurrence), None)

    @property
    def tables(self) -> tuple[str, ...]:
        """The datasets whose rows are used when conforming, in order of name."""
        coded = {field.codes.table.dataset for field in self.table.fields if field.codes and field.codes.table}
        return tuple(sorted(coded | {reference.dataset for reference in self.minsheng.references}))

    def dump(self) -> dict[str, Any]:
        """Return the declaration as JSON values, with what is default left out; `Dataset.load` reads it back."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def meaning(self) -> dict[str, Any]:
        """Return what conforming and folding depend on: the declaration without texts for people and without guards."""
        fields = []
        for field in self.table.fields:
            kept = field.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"title", "description"})
            kept["categories"] = [category.value for category in field.categories]
            fields.append(kept)
        block = self.minsheng
        more: dict[str, Any] = {
            "shape": list(block.shape),
            "omit": [one.model_dump(mode="json", by_alias=True, exclude_none=True)["when"] for one in block.omit],
            "corrections": [one.model_dump(mode="json", exclude={"reason", "reported"}) for one in block.corrections],
            "conflict": block.model_dump(mode="json", include={"conflict"}, exclude_defaults=True).get("conflict"),
            "empty": block.stays_without_rows and block.empty,
            "ignore": block.ignore and block.ignore.model_dump(mode="json", exclude={"reason"}),
        }
        return {
            "fields": fields,
            "primaryKey": list(self.table.primary_key),
            "missingValues": list(self.table.missing),
            "load": self.minsheng.load,
            "window": self.minsheng.window_meant or [],
            "partition": self.minsheng.partition.model_dump(mode="json"),
            "references": [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in block.references],
        } | {word: value for word, value in more.items() if value}

    @classmethod
    def load(cls, values: dict[str, Any], place: str) -> Self:
        """Make a Dataset of JSON values.

        Args:
            values: as `read_yaml` or `dump` gives them.
            place: the file, for messages.

        Raises:
            DeclarationError: every fault, one a line: place, key, what was expected, what was found.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise DeclarationError(explain(error, cls, place, values)) from error


class Agency(Strict):
    """Who answers: an entry of agencies.yaml."""

    title: Text
    homepage: str = Field(pattern=r"^https://")
    hosts: Annotated[tuple[str, ...], Listed] = Field(
        default=(), description="the hosts that may be asked, and no other"
    )
    contact: str | None = None
    pause_seconds: Annotated[float, Field(ge=0, le=3600, strict=False)] = Field(
        default=1.0, description="between two requests to one host"
    )
    requests_per_day: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="how many the agency allows in a day of Taipei, for each key; unset, it sets no limit"
    )
    clear_strict_x509: bool = Field(
        default=False, description="its certificate lacks a key identifier; all else is verified"
    )
    intermediates: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.pem$")], ...], Listed
    ] = Field(default=(), description="files beside agencies.yaml: certificates that its server does not send")


def load_agencies(datasets: Path) -> dict[str, Agency]:
    """Read agencies.yaml of a folder of declarations."""
    path = datasets / "agencies.yaml"
    agencies = {}
    for name, values in read_yaml(path).items():
        try:
            agencies[name] = Agency.model_validate(values)
        except ValidationError as error:
            raise DeclarationError(explain(error, Agency, f"{path}: {name}", values)) from error
    return agencies


def slugs(datasets: Path) -> list[str]:
    """Return the names of all declared datasets, sorted."""
    return sorted(path.parent.name for path in datasets.glob("*/dataset.yaml"))


def load_dataset(datasets: Path, slug: str) -> Dataset:
    """Read one declaration.

    Raises:
        DeclarationError: it is not there (the message lists those that are), or not right.
    """
    if slug not in (known := slugs(datasets)):
        raise DeclarationError(f"no dataset {slug!r} is declared in {datasets}; declared: {', '.join(known) or 'none'}")
    path = datasets / slug / "dataset.yaml"
    dataset = Dataset.load(read_yaml(path), str(path))
    if dataset.name != slug:
        raise DeclarationError(f"{path}: name: expected {slug!r}, the name of its folder, found {dataset.name!r}")
    for field in dataset.table.fields:
        try:
            check_one_way(field)
        except ValueError as error:
            raise DeclarationError(f"{path}: field {field.name}: {error}") from error
    return dataset


def digest(value: Any) -> str:
    """Return the SHA-256 of a value as canonical JSON (RFC 8785), in hex."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def json_schema() -> str:
    """Return the JSON Schema of dataset.yaml, for editors."""
    return json.dumps(Dataset.model_json_schema(by_alias=True), indent=2, ensure_ascii=False) + "\n"
