"""What every part of a declaration is made of: frozen models without unknown keys, and texts for people."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Strict(BaseModel):
    """What every part of a declaration is: frozen, and without a key that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True)


class Text(Strict):
    """Text for people, in both languages."""

    en: str = Field(min_length=1)
    zh_tw: str = Field(alias="zh-TW", min_length=1)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[
    tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...]), Field(strict=False)
]
"""One text or a list of them."""

Listed = Field(strict=False)
