"""Who decides: what the operating system and a proxy vouch for, and when that is two people."""

import os
import pwd

import pytest

from pipelines.identity import are_two, is_of_proxy, of_process, of_proxy


def test_the_user_of_the_process_is_asked_of_the_system_and_not_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    for name in ("USER", "LOGNAME", "SUDO_USER", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert of_process() == f"os:{pwd.getpwuid(os.getuid()).pw_name}"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_user_without_a_name_is_told_by_number():
    parent, child = os.pipe()
    if (pid := os.fork()) == 0:
        os.setuid(54321)
        os.write(child, of_process().encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(parent, 100) == b"os:54321"
    os.close(parent)
    os.close(child)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([b"lin"], "proxy:lin"),
        ([b" lin@example.gov.tw "], "proxy:lin@example.gov.tw"),
        (["林小姐".encode()], "proxy:林小姐"),
        ([b"os:root"], "proxy:os:root"),
        ([], None),
        ([b""], None),
        ([b" "], None),
        ([b"lin", b"wu"], None),
        ([b"lin\nwu"], None),
        ([b"lin\x00"], None),
        (["lin\u202ewu".encode()], None),
        ([b"\xff"], None),
        ([b"x" * 201], None),
    ],
)
def test_a_proxy_says_one_name_of_one_line(values: list[bytes], expected: str | None):
    assert of_proxy(values) == expected
    assert expected is None or is_of_proxy(expected)


@pytest.mark.parametrize(
    ("one", "other", "two"),
    [
        ("proxy:lin", "proxy:wu", True),
        ("os:lin", "os:wu", True),
        ("proxy:lin", "proxy:lin", False),
        ("proxy:lin", "proxy:LIN", False),
        ("proxy:lin", "proxy:ｌｉｎ", False),
        ("os:lin", "proxy:wu", False),
        ("os:lin", "proxy:lin", False),
        (None, "proxy:lin", False),
        ("proxy:lin", None, False),
        (None, None, False),
    ],
)
def test_two_people_are_two_names_that_the_same_party_vouches_for(one: str | None, other: str | None, two: bool):
    assert are_two(one, other) is two
