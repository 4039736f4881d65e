"""site.yaml -> what the pages of all datasets share: the topics, and the places that datasets speak of."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from catalog.declaration.explain import explain
from catalog.declaration.names import SLUG
from catalog.declaration.strict import Listed, Strict, Text
from catalog.declaration.yaml12 import read_yaml
from catalog.errors import DeclarationError

NAME = "site.yaml"


CONTACT = r"^[^@\s<>?&]+@[^@\s<>?&]+$"
"""An address of mail that may stand in a link; `?` would begin the subject."""


class Topic(Strict):
    """What datasets are about; readers find them by it."""

    title: Text
    description: Text


class Places(Strict):
    """The reference table of the places that have a page each, and where each stands on the map of tiles."""

    dataset: str = Field(pattern=SLUG)
    code: str
    tiles: dict[str, Annotated[tuple[int, int], Listed]] = Field(
        description="by code: column and row on the map, from 1, in the order in which the places are listed"
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if len(set(self.tiles.values())) < len(self.tiles) or any(min(tile) < 1 for tile in self.tiles.values()):
            raise ValueError("tiles: each place needs a tile of its own, and columns and rows count from 1")
        return self


class SiteDeclaration(Strict):
    """What the pages of all datasets share."""

    topics: dict[Annotated[str, Field(pattern=SLUG)], Topic] = Field(default_factory=dict)
    places: Places | None = None
    first: Annotated[tuple[Annotated[str, Field(pattern=SLUG)], ...], Listed] = Field(
        default=(), description="the datasets whose newest figures the home page shows first"
    )
    contact: str | None = Field(default=None, pattern=CONTACT, description="who reads what readers report")

    @property
    def place_table(self) -> str | None:
        """The reference table of the places that have a page each."""
        return self.places.dataset if self.places else None


def load_site(datasets: Path) -> SiteDeclaration:
    """Read site.yaml of a folder of declarations; without one there are no topics and no places.

    Raises:
        DeclarationError: it is not right.
    """
    path = datasets / NAME
    if not path.exists():
        return SiteDeclaration()
    values = read_yaml(path)
    try:
        return SiteDeclaration.model_validate(values)
    except ValidationError as error:
        raise DeclarationError(explain(error, SiteDeclaration, str(path), values)) from error
