"""How the agriculture ministry is asked by day and kind, and what its answers prove: on bytes."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from catalog.errors import SourceError
from pipelines.protocols import load_protocol, moa
from pipelines.protocols.parts.request import Request

V1 = moa.Source(resource="AgriProductsTransType", kinds=("N04", "N05"), since=dt.date(2026, 1, 1))
LEGACY = moa.Source(resource="FarmTransData", kinds=("N04",), since=dt.date(2026, 1, 1), interface="legacy")
DAY = {"day": ("2026-04-17", "2026-04-17"), "kind": ("N05", "N05")}
ADDRESS = "https://data.moa.gov.tw/api/v1/AgriProductsTransType/"
OLDER = "https://data.moa.gov.tw/Service/OpenData/FromM/FarmTransData.aspx"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def narrow(source: moa.Source, first: str, last: str, kind: str = "N04") -> moa.WindowSource:
    return moa.narrow(source, {"day": (first, last), "kind": (kind, kind)})


ASKED = moa.narrow(V1, DAY)


def page(first: int, count: int, more: bool, **said: Any) -> bytes:
    rows = [{"TransDate": "115.04.17", "TcType": "N05", "CropCode": str(i)} for i in range(first, first + count)]
    return json.dumps({"RS": "OK", "Data": rows, "Next": more} | said).encode()


def ask(asked: moa.WindowSource, bodies: list[bytes]) -> Request | None:
    return moa.ask(asked, [moa.look(asked, body) for body in bodies], None)


# What is asked ----------------------------------------------------------------------------------------------


def test_each_day_and_kind_is_a_window_in_order_of_days():
    assert moa.windows(V1, day("2026-04-17"), day("2026-04-18")) == [
        {"day": (one, one), "kind": (kind, kind)} for one in ("2026-04-17", "2026-04-18") for kind in ("N04", "N05")
    ]
    assert moa.windows(V1, day("2025-12-30"), day("2026-01-01")) == [
        {"day": ("2026-01-01", "2026-01-01"), "kind": (kind, kind)} for kind in ("N04", "N05")
    ]
    assert moa.windows(V1, day("2026-04-18"), day("2026-04-17")) == []
    assert moa.windows(V1, day("2020-01-01"), day("2025-12-31")) == []


def test_the_older_interface_is_asked_for_all_days_at_once():
    days = ("2026-04-01", "2026-04-30")
    assert moa.windows(LEGACY, *map(day, days)) == [{"day": days, "kind": ("N04", "N04")}]
    assert moa.windows(LEGACY, day("2025-01-01"), day("2025-12-31")) == []


@pytest.mark.parametrize(
    ("one", "roc"), [("2026-04-17", "115.04.17"), ("2009-12-31", "98.12.31"), ("2010-01-01", "99.01.01")]
)
def test_the_first_request_has_the_day_in_the_roc_calendar(one: str, roc: str):
    request = ask(narrow(V1, one, one), [])
    assert request is not None
    assert request.address == ADDRESS
    assert request.query == {"Start_time": roc, "End_time": roc, "TcType": "N04", "Page": "1"}
    assert (request.secrets, request.headers) == ({}, {})
    older = ask(narrow(LEGACY, one, "2026-04-18"), [])
    assert older is not None
    assert older.address == OLDER
    assert older.query == {"StartDate": roc, "EndDate": "115.04.18", "TcType": "N04"}


def test_what_a_record_asked_for_is_asked_again_alike():
    module, source = load_protocol(
        {"protocol": "moa", "resource": "AgriProductsTransType", "kinds": ["N04", "N05"], "since": "2026-01-01"}, "x"
    )
    assert module is moa
    assert source == V1
    assert moa.narrow(source, DAY) == ASKED


# Pages ------------------------------------------------------------------------------------------------------

WHOLE = [
    [page(0, 3, False)],
    [page(0, 0, False)],
    [page(0, 3, True), page(3, 3, True), page(6, 1, False)],
    [page(0, 3, True), page(3, 0, False)],
]
NOT_WHOLE: list[tuple[list[bytes], str]] = [
    ([page(0, 3, True)], "expected the pages after page 1, which says that there are more, found none"),
    ([page(0, 3, True), page(3, 3, True)], "expected the pages after page 2"),
    ([page(0, 3, False), page(3, 3, False)], "expected no page after page 1, which says that it is the last"),
    ([page(0, 3, True), page(0, 3, False)], "expected new records on each page, found some of page 2 on an earlier"),
    ([page(0, 3, True), page(2, 3, False)], "the table moved"),
    ([page(0, 3, True), page(3, 3, True), page(0, 1, False)], "found some of page 3 on an earlier one"),
]
NO_DATA: list[tuple[bytes, str]] = [
    (b"", "expected a list of records, found an empty body"),
    (b" \r\n", "expected a list of records, found an empty body"),
    (b"<html>maintenance</html>", "expected JSON"),
    (b"[]", "expected an object with RS, Data and Next, found b'[]'"),
    (b"null", "expected an object with RS, Data and Next"),
    (page(0, 1, True, RS="ERR"), "expected RS OK, found 'ERR'"),
    (b'{"RS": "ERR", "Next": true}', "expected RS OK, found 'ERR'"),
    (b'{"RS": "OK", "Next": true}', "expected a list of records as Data"),
    (page(0, 0, False, Data=None), "expected a list of records as Data"),
    (page(0, 0, True, Data=None), "expected a list of records as Data"),
    (page(0, 0, True, Data=[1]), "expected a list of records as Data"),
    (page(0, 0, False, Data={}), "expected a list of records as Data"),
    (page(0, 1, False, Next=None), "Next true or false"),
    (page(0, 1, False, Next="false"), "Next true or false"),
    (page(0, 1, False, Next=0), "Next true or false"),
    (page(0, 0, False, Data=[{}]), "expected records with names and values, found one of none"),
    (page(0, 1, False)[:-9], "expected JSON"),
    (b'{"RS": "OK", "RS": "OK", "Data": [], "Next": false}', "expected each key once"),
]


@pytest.mark.parametrize("bodies", WHOLE)
def test_pages_that_prove_that_they_are_all(bodies: list[bytes]):
    assert moa.contents(ASKED, bodies).incomplete is None
    assert ask(ASKED, bodies) is None
    for i in range(1, len(bodies)):
        request = ask(ASKED, bodies[:i])
        assert request is not None
        assert request.query["Page"] == str(i + 1)


@pytest.mark.parametrize(("bodies", "why"), NOT_WHOLE)
def test_pages_that_do_not(bodies: list[bytes], why: str):
    assert why in str(moa.contents(ASKED, bodies).incomplete)


@pytest.mark.parametrize(("body", "why"), NO_DATA)
def test_what_is_no_answer_is_not_data_and_ends_the_asking(body: bytes, why: str):
    """Whatever comes: nothing more is asked, and the reason stands in one sentence."""
    assert ask(ASKED, [body]) is None
    assert ask(ASKED, [page(0, 3, True), body]) is None
    found = str(moa.contents(ASKED, [body]).incomplete)
    assert found.startswith("not data: ")
    assert why in found
    assert why in str(moa.contents(ASKED, [page(0, 3, True), body]).incomplete)


def test_a_page_that_repeats_is_the_last_that_is_asked():
    assert ask(ASKED, [page(0, 3, True), page(0, 3, True)]) is None
    assert ask(ASKED, [page(0, 3, True), page(2, 3, True)]) is None
    assert ask(ASKED, [page(0, 3, True), page(3, 3, True)]) is not None


def test_there_is_an_end_even_when_the_agency_has_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(moa, "_MAX_PAGES", 4)
    bodies: list[bytes] = []
    while ask(ASKED, bodies) is not None:
        bodies.append(page(3 * len(bodies), 3, True))
    assert len(bodies) == 4
    assert "expected the pages after page 4" in str(moa.contents(ASKED, bodies).incomplete)


def test_records_are_text_as_written():
    body = (
        b'{"RS": "OK", "Data": [{"CropCode": "11", "Avg_Price": 52.0}, {"CropCode": "LA1", "x": null}], "Next": false}'
    )
    assert moa.records(ASKED, body).to_pylist() == [
        {"CropCode": "11", "Avg_Price": "52.0", "x": None},
        {"CropCode": "LA1", "Avg_Price": None, "x": None},
    ]
    assert moa.records(ASKED, page(0, 0, False)).num_rows == 0


# The older interface, and its cap ---------------------------------------------------------------------------


class Older:
    """The older interface over a table: so many rows a day, and silence at the cap."""

    def __init__(self, rows: dict[str, int]) -> None:
        self.rows = [{"交易日期": roc, "作物代號": f"{roc}-{i}"} for roc, count in rows.items() for i in range(count)]
        self.asked: list[tuple[str, str]] = []

    def answer(self, query: dict[str, str]) -> bytes:
        first, last = query["StartDate"], query["EndDate"]
        self.asked.append((first, last))
        found = [row for row in self.rows if first <= row["交易日期"] <= last]
        return json.dumps(found[: moa.CAP_ROWS], ensure_ascii=False).encode()

    def talk(self, asked: moa.WindowSource) -> list[bytes]:
        bodies: list[bytes] = []
        while (request := ask(asked, bodies)) is not None:
            bodies.append(self.answer(request.query))
        return bodies


@pytest.fixture
def cap(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(moa, "CAP_ROWS", 10)
    return 10


def april(count: Callable[[int], int], days: int = 8) -> dict[str, int]:
    return {f"115.04.{i:02}": count(i) for i in range(1, days + 1)}


@pytest.mark.parametrize(
    "rows",
    [
        april(lambda i: 1),
        april(lambda i: 0),
        april(lambda i: 9),
        april(lambda i: i % 3 * 4),
        april(lambda i: 9 if i == 8 else 0),
        {"115.04.01": 10 - 1, "115.04.08": 1},
    ],
    ids=["all at once", "none", "each day", "some", "the last day", "the cap itself"],
)
def test_an_answer_at_the_cap_is_asked_again_in_halves_until_all_is_heard_once(cap: int, rows: dict[str, int]):
    agency, asked = Older(rows), narrow(LEGACY, "2026-04-01", "2026-04-08")
    bodies = agency.talk(asked)
    assert moa.contents(asked, bodies).incomplete is None
    found = [row for body in bodies for row in moa.records(asked, body).to_pylist()]
    assert sorted(row["作物代號"] for row in found) == sorted(row["作物代號"] for row in agency.rows)
    assert {row["TcType"] for row in found} <= {"N04"}
    assert len(set(agency.asked)) == len(agency.asked), "nothing is asked twice"


def test_the_halves_are_asked_in_order_of_days(cap: int):
    agency = Older(april(lambda i: 4, days=4))
    agency.talk(narrow(LEGACY, "2026-04-01", "2026-04-04"))
    assert agency.asked == [("115.04.01", "115.04.04"), ("115.04.01", "115.04.02"), ("115.04.03", "115.04.04")]


@pytest.mark.parametrize("days", [("2026-04-01", "2026-04-08"), ("2026-04-05", "2026-04-05")])
def test_a_day_at_the_cap_is_refused(cap: int, days: tuple[str, str]):
    agency, asked = Older(april(lambda i: 10 if i == 5 else 1)), narrow(LEGACY, *days)
    bodies = agency.talk(asked)
    assert moa.contents(asked, bodies).incomplete == (
        "expected fewer than 10 rows for 2026-04-05, where the agency stops without a word, found as many"
    )
    assert len(bodies) <= 5, "no day after it is asked"


def test_an_answer_that_the_cap_cut_off_is_none_without_its_parts(cap: int):
    agency, asked = Older(april(lambda i: 4)), narrow(LEGACY, "2026-04-01", "2026-04-08")
    bodies = agency.talk(asked)
    assert len(bodies) == 7
    assert moa.contents(asked, bodies[:-1]).incomplete == (
        "expected an answer for 2026-04-07 to 2026-04-08, which the agency's cap cut off, found none"
    )
    assert "expected no more answers than were asked for, found one more" in str(
        moa.contents(asked, [*bodies, bodies[-1]]).incomplete
    )


def test_there_is_an_end_to_the_halves(cap: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(moa, "_MAX_PAGES", 3)
    agency, asked = Older(april(lambda i: 4)), narrow(LEGACY, "2026-04-01", "2026-04-08")
    bodies = agency.talk(asked)
    assert len(bodies) == 3
    assert "which the agency's cap cut off, found none" in str(moa.contents(asked, bodies).incomplete)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "found an empty body"),
        (b"{}", "expected a list of records"),
        (b'{"RS": "OK", "Data": [], "Next": false}', "expected a list of records"),
        (b"[1]", "expected a list of records"),
        (b"[{}]", "expected records with names and values, found one of none"),
        (b"[", "expected JSON"),
    ],
)
def test_what_is_no_answer_of_the_older_interface(body: bytes, why: str):
    asked = narrow(LEGACY, "2026-04-01", "2026-04-08")
    assert ask(asked, [body]) is None
    found = str(moa.contents(asked, [body]).incomplete)
    assert found.startswith("not data: ")
    assert why in found


# Recorded addresses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        f"{ADDRESS}?Start_time=115.04.17&End_time=115.04.17&TcType=N05",
        f"{ADDRESS}?Start_time=115.04.17&End_time=115.04.17&TcType=N05&Page=1",
        f"{ADDRESS}?TcType=N05&Page=2&End_time=115.04.17&Start_time=115.04.17",
        f"{ADDRESS[:-1]}?Start_time=115.04.17&End_time=115.04.17&TcType=N05",
        f"{ADDRESS}?Start_time=115%2E04%2E17&End_time=115.04.17&TcType=N05",
        f"{ADDRESS}?Start_time=115.4.17&End_time=115.04.17&TcType=N05",
    ],
)
def test_an_address_says_what_was_asked_for(address: str):
    assert moa.window_of(V1, address) == DAY


def test_an_address_of_the_older_interface():
    address = f"{OLDER}?StartDate=98.12.01&EndDate=99.01.31&TcType=N04"
    assert moa.window_of(LEGACY, address) == {"day": ("2009-12-01", "2010-01-31"), "kind": ("N04", "N04")}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "Start_time=115.04.17&End_time=115.04.17",
        "Start_time=115.04.17&TcType=N05",
        "Start_time=2026-04-17&End_time=2026-04-17&TcType=N05",
        "Start_time=2026.04.17&End_time=2026.04.17&TcType=N05",
        "Start_time=115.02.30&End_time=115.02.30&TcType=N05",
        "Start_time=115.04&End_time=115.04&TcType=N05",
        "Start_time=115.04.17.1&End_time=115.04.17&TcType=N05",
        "Start_time=%EF%BC%91%EF%BC%91%EF%BC%95.04.17&End_time=115.04.17&TcType=N05",
        "Start_time=1_15.04.17&End_time=115.04.17&TcType=N05",
        f"Start_time={'9' * 30}.04.17&End_time=115.04.17&TcType=N05",
        f"Start_time={'9' * 5000}.04.17&End_time=115.04.17&TcType=N05",
        "Start_time=-115.04.17&End_time=115.04.17&TcType=N05",
        "Start_time=115.04.18&End_time=115.04.17&TcType=N05",
        "Start_time=115.04.17&End_time=115.04.17&TcType=",
        "Start_time=115.04.17&End_time=115.04.17&TcType=N04&TcType=N05",
        "Start_time=115.04.17&Start_time=115.04.16&End_time=115.04.17&TcType=N05",
        "StartDate=115.04.17&EndDate=115.04.17&TcType=N05",
    ],
)
def test_an_address_that_does_not_say_is_refused(query: str):
    with pytest.raises(SourceError, match="expected an address with Start_time, End_time and TcType"):
        moa.window_of(V1, f"{ADDRESS}?{query}")


@pytest.mark.parametrize("more", ["MarketCode=109", "CropName=x", "$top=500", "$skip=1000", "Market=x", "Page=0"])
def test_an_address_that_asked_for_less_than_the_day_is_refused(more: str):
    """One market's answer speaks for no day: the other markets' rows would go."""
    with pytest.raises(SourceError, match="and nothing else but Page"):
        moa.window_of(V1, f"{ADDRESS}?Start_time=115.04.17&End_time=115.04.17&TcType=N05&{more}")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "data/one.json",
        "https://[::1/",
        "https://data.moa.gov.tw/api/v1/FishTransType/",
        OLDER,
        "file:///etc/passwd",
    ],
)
def test_an_address_of_something_else_is_refused(address: str):
    with pytest.raises(SourceError, match="expected an address"):
        moa.window_of(V1, f"{address}?Start_time=115.04.17&End_time=115.04.17&TcType=N05")
