"""Signs that an answer is one page of several, and how the next is asked for."""

import json
from typing import Any

import pytest

from pipelines.decode.parts import json_values
from pipelines.propose.paging import Paged, see_paging
from pipelines.protocols.parts.paging import Paging

AT = "https://agency.example/api"


def paged(document: dict[str, Any], address: str = AT, rows: int = 10) -> Paged | None:
    found = see_paging(json_values.parse(json.dumps(document).encode()), rows, address)
    if found:
        Paging.model_validate(found.paging)
    return found


@pytest.mark.parametrize(
    ("beside", "query", "paging", "left"),
    [
        ({"total": "243", "limit": "10"}, "?limit=10&offset=0&format=json",
         {"by": "offset", "name": "offset", "size": 10, "size_name": "limit", "total": "total"}, "?format=json"),
        ({"meta": {"totalPage": 9}}, "?page=1&a=%2F", {"by": "page", "name": "page", "size": 10,
         "pages": "meta.totalPage"}, "?a=%2F"),
        ({"pageIndex": 0, "totalElements": 90, "size": 30}, "", {"by": "page", "name": "pageIndex", "first": 0,
         "size": 30, "total": "totalElements"}, ""),
        ({"next": AT + "?page=2", "count": 90}, "", {"by": "link", "next": "next", "total": "count"}, ""),
        ({"@odata.nextLink": AT + "?$skip=9"}, "?$filter=x", {"by": "link", "next": '"@odata.nextLink"'}, "?$filter=x"),
        ({"meta": {"nextCursor": "b9"}}, "?cursor=", {"by": "cursor", "name": "cursor", "next": "meta.nextCursor"}, ""),
        ({"Next": True}, "", {"by": "page", "name": "page", "size": 10, "more": "Next"}, ""),
        ({}, "?page=1&pageSize=500", {"by": "page", "name": "page", "size": 500, "size_name": "pageSize"}, ""),
    ],
)  # fmt: skip
def test_how_the_next_page_is_asked_for(beside: dict[str, Any], query: str, paging: dict[str, Any], left: str) -> None:
    found = paged({**beside, "data": [1]}, AT + query)
    assert found is not None
    assert (found.paging, found.address) == (paging, AT + left)
    assert found.notes[0].startswith("Seen: 10 rows")


@pytest.mark.parametrize("beside", [{}, {"total": 10}, {"next": None}, {"next": "", "page": 1}, {"time": "10:00"}])
def test_a_whole_answer_has_no_pages(beside: dict[str, Any]) -> None:
    assert paged({**beside, "data": [1]}) is None
    assert see_paging([{"total": b"99"}], 1, AT) is None
