"""Names of columns that no agency can give."""

import pytest

from pipelines.decode.parts import beside


@pytest.mark.parametrize("name", [beside.FAULT, beside.SHEET, beside.MEMBER, beside.TITLE])
def test_what_stands_beside_is_told_from_columns(name: str) -> None:
    assert beside.is_beside(name)
    assert not beside.is_beside(name[1:])
