"""The result of a query, as evidence."""

import pytest
from worlds import SLUG

from catalog.errors import SourceError
from pipelines.protocols import derived


def test_nobody_is_asked():
    source = derived.Source(sql="sites.sql", over={"levels": SLUG})
    assert derived.ask(source, [], None) is None
    assert derived.contents(source, [b"a\n1\n"]).incomplete is None
    assert derived.contents(source, [b"a,b\n"]).incomplete == "expected rows of sites.sql, found none"
    with pytest.raises(SourceError, match=r"sites\.sql: expected CSV"):
        derived.records(source, b"")
