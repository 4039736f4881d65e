"""People are told once of each change of state, by real servers; who could not be told is told the next time."""

import datetime as dt
import email
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from mixed_nights import Heard, webhook
from worlds import World

from catalog.errors import DecisionError
from pipelines.night.notify import check, tell
from pipelines.night.report import Report, report
from pipelines.night.told import ToldBefore


@pytest.fixture
def hook() -> Iterator[Heard]:
    with webhook() as heard:
        yield heard


@pytest.fixture
def made(world: World, morning: dt.datetime) -> Report:
    return report(world.ctx, morning, ToldBefore())


def test_each_change_is_told_once(world: World, morning: dt.datetime, made: Report, hook: Heard) -> None:
    told = ToldBefore()
    assert tell(made, told, hook.address, "en") == []
    assert tell(made, told, hook.address, "en") == []
    (heard,) = hook.bodies
    assert heard["title"] == "Minsheng: 2 to look at"
    assert heard["message"].startswith("wells: failing since")
    world.tell("site,level\na,1\n", "wells")
    assert tell(report(world.ctx, morning + dt.timedelta(hours=1), ToldBefore()), told, hook.address, "zh-TW") == []
    assert [body["title"] for body in hook.bodies[1:]] == ["民生：1 個資料集已恢復正常"]


def test_who_could_not_be_told_is_told_next_time_and_nobody_else_again(made: Report, hook: Heard) -> None:
    with webhook() as other:
        told, both = ToldBefore(), f"{other.address}\n{hook.address}"
        hook.status = 503
        (missed,) = tell(made, told, both, "en")
        assert missed.startswith("address 2 of MINSHENG_NOTIFY_SECRET (json) could not be told")
        assert hook.address not in missed
        hook.status = 200
        assert tell(made, told, both, "en") == []
        assert (len(hook.bodies), len(other.bodies)) == (1, 1)


def test_an_address_that_is_gone_is_forgotten(made: Report, hook: Heard) -> None:
    told = ToldBefore()
    tell(made, told, hook.address, "en")
    tell(made, told, "", "en")
    assert told.told == {}
    tell(made, told, hook.address, "en")
    assert len(hook.bodies) == 2


def test_mail_is_sent(made: Report) -> None:
    class Postman:
        letters: list[Any] = []  # noqa: RUF012

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            self.letters.append(email.message_from_bytes(envelope.content))
            return "250 kept"

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    controller = Controller(Postman(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        address = f"mailto://127.0.0.1:{port}?from=night@example.tw&to=chen@example.tw"
        assert tell(made, ToldBefore(), address, "zh-TW") == []
    finally:
        controller.stop()
    (letter,) = Postman.letters
    assert letter["To"] == "chen@example.tw"
    part = next(each for each in letter.walk() if each.get_content_type() == "text/plain")
    assert "待審" in part.get_payload(decode=True).decode()


@pytest.mark.parametrize("wrong", ["nonsense", "http//x", "unknown://a/b", "json://"])
def test_a_wrong_address_is_refused_by_its_number_and_not_shown(made: Report, hook: Heard, wrong: str) -> None:
    with pytest.raises(DecisionError, match="number 2 is none") as error:
        check(f"{hook.address} {wrong}")
    assert wrong not in str(error.value).split("; number")[1]
    with pytest.raises(DecisionError):
        tell(made, ToldBefore(), f"{hook.address} {wrong}", "en")
    assert hook.bodies == [], "nobody was told"
