"""The bytes that are looked at: of a file, or of an address that is asked by the rules of its agency."""

from pathlib import Path

import pytest
from hosts import hosted_app
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from catalog.declaration.dataset import Agency
from catalog.errors import DecisionError, SourceError
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.transport import FetchLimits
from pipelines.propose.answer import of_address, of_file
from pipelines.propose.source import AskedSource, source_at

AGENCIES = {
    "waters": Agency.model_validate(
        {"title": {"en": "W", "zh-TW": "水"}, "homepage": "https://w.example", "hosts": ["data.w.example"]}
    )
}
KEY = "0123456789abcdef"


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a\n1\n")
    assert of_file(tmp_path / "a.csv", AGENCIES, "waters").body == b"a\n1\n"
    with pytest.raises(DecisionError, match="found neither"):
        of_file(tmp_path / "b.csv", AGENCIES, None)


def test_an_address_is_asked_with_its_key_and_shown_without_it(tmp_path: Path) -> None:
    app = Starlette(
        routes=[Route("/data.w.example/x", lambda request: PlainTextResponse(request.query_params["token"][:4]))]
    )
    asked = source_at(f"https://data.w.example/x?token={KEY}", AGENCIES)
    with hosted_app(app) as address:
        answer = of_address(asked, AGENCIES, Fetcher({"WATERS_API_KEY": KEY}, sandbox=address), tmp_path)
    assert answer.body == KEY[:4].encode()
    assert KEY not in answer.place


def test_another_host_is_not_asked(tmp_path: Path) -> None:
    asked = AskedSource("waters", {"protocol": "file", "address": "https://other.example/x"})
    with pytest.raises(SourceError, match="it is not asked"):
        of_address(asked, AGENCIES, Fetcher({}, FetchLimits(attempts=1)), tmp_path)
