"""`minsheng demo` and `minsheng up`, as a newcomer runs them; and each command that the demo prints, as printed."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from strangers import (
    LOOPBACK,
    Listener,
    heard_over_grpc,
    heard_over_http,
    heirs,
    listeners,
    only_owner_may_connect,
)

from catalog.declaration.dataset import slugs
from catalog.store.embedded import embedded

ROOT = Path(__file__).parents[3]
AIR, COVID, CROPS = "air-quality-hourly", "covid-19-onset-county", "crop-prices"
# Every dataset is released three times: minutes.
pytestmark = pytest.mark.soak
AT_WORK = ["asking the agencies", "checking what they said", "releasing", "writing the catalog and the site"]
WHAT = ("released", "unchanged", "held", "failed")
PROGRAM = Path(sys.executable).parent / "minsheng"


def environ(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINSHENG_", "DAGSTER_", "AWS_"))}
    return kept | {"MINSHENG_HOME": str(home)}


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *words], cwd=ROOT, env=environ(home), capture_output=True, text=True, timeout=1_800
    )


@pytest.fixture
def held(demo: tuple[Path, str]) -> Iterator[tuple[Path, str]]:
    """The demo with its store kept up, so that each command need not start it."""
    with embedded(demo[0]):
        yield demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("demo")
    done = run(home, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    return home, done.stdout


class Up(NamedTuple):
    """The addresses that `up` and `serve` tell."""

    ui: str
    s3: str
    sandbox: str
    served: str


@contextlib.contextmanager
def serving(home: Path) -> Iterator[str]:
    """The public store as `serve` gives it; its address."""
    command = [str(PROGRAM), "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environ(home), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().partition("/index.html")[0]
        finally:
            process.send_signal(signal.SIGINT)


def refuse_strangers(home: Path, up: Up) -> int:
    """Find in the kernel all that listens for this home, knock at each, and return how many there are."""
    if not Path("/proc/net/tcp").exists():
        return 0
    until = time.monotonic() + 60
    found: list[Listener] = []
    while sum("dagster api grpc" in one.program for one in found) < 2 and time.monotonic() < until:
        found = listeners(heirs(f"MINSHENG_HOME={home}"))
        time.sleep(0.5)
    assert {one.kind for one in found} == {"tcp", "unix"}
    assert {one.address for one in found if one.kind != "unix"} <= set(LOOPBACK)
    sockets = [Path(one.address) for one in found if one.kind == "unix"]
    assert len(sockets) >= 8, "six of the store, and a code server each of the UI and the daemon"
    assert [path for path in sockets if path.exists() and not only_owner_may_connect(path)] == []
    spoken = {int(address.rpartition(":")[2]) for address in up}
    inner = [one for one in found if one.kind == "tcp" and one.port not in spoken]
    assert len(inner) == 7
    shown = (home / "store" / "inner.crt").read_bytes()
    for one in inner:
        assert heard_over_http(one.port) == [], one
        assert heard_over_grpc(f"127.0.0.1:{one.port}", shown) == [], one
    refuses_at_the_doors(up)
    return len(found)


def refuses_at_the_doors(up: Up) -> None:
    evidence = "evidence/counties/00000001.json"
    for address in (f"{up.s3}/minsheng-evidence/{evidence}", f"{up.s3}/minsheng-evidence/?list-type=2",
                    f"{up.s3}/minsheng/{evidence}", f"{up.s3}/minsheng/?list-type=2",
                    f"{up.served}/{evidence}", f"{up.served}/minsheng-evidence/{evidence}",
                    f"{up.served}/../minsheng-evidence/{evidence}", f"{up.served}/datasets/",
                    f"{up.served}/%2e%2e/minsheng-evidence/{evidence}"):  # fmt: skip
        assert httpx.get(address, trust_env=False).status_code in {400, 403, 404}, address
    for address in (f"{up.s3}/minsheng/catalog.json", f"{up.served}/catalog.json"):
        before = httpx.get(address, trust_env=False)
        for method in ("PUT", "DELETE", "POST", "PATCH"):
            assert httpx.request(method, address, content=b"x", trust_env=False).status_code in {400, 403, 405}
        assert before.status_code == 200
        assert httpx.get(address, trust_env=False).content == before.content
    order = {"query": "{ version }"}
    page = {"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"}
    assert httpx.post(f"{up.ui}/graphql", params=order, headers=page, trust_env=False).status_code == 403
    assert httpx.get(f"{up.ui}/graphql", params=order, headers=page, trust_env=False).status_code == 403
    assert httpx.post(f"{up.ui}/graphql", json=order, headers={"Origin": up.ui}, trust_env=False).status_code == 200
    rebound = {"Host": "rebound.example.org"}
    assert httpx.get(f"{up.ui}/server_info", headers=rebound, trust_env=False).status_code == 403
    clock = httpx.put(f"{up.sandbox}/sandbox/clock", json={"now": "2036-01-01"}, headers=page, trust_env=False)
    assert clock.status_code == 403


def rows(text: str, night: int) -> dict[str, list[str]]:
    """The table of a round, by dataset."""
    part = re.split(r"^Night \d.*$", text, flags=re.MULTILINE)[night]
    found = [re.split(r"\s{2,}", line.strip()) for line in part.splitlines()]
    return {cells[0]: cells[1:] for cells in found if len(cells) > 2 and cells[1] in WHAT}


def test_the_nights_show_what_they_are_to_show(demo: tuple[Path, str]) -> None:
    _, text = demo
    assert {cells[0] for cells in rows(text, 1).values()} == {"released"}
    assert set(rows(text, 1)) == set(slugs(ROOT / "datasets"))
    second, third = ({slug: cells[0] for slug, cells in rows(text, night).items()} for night in (2, 3))
    assert set(second.values()) == {"released", "unchanged", "held", "failed"}, "news, nothing new, bad data, down"
    assert {slug: second[slug] for slug in (AIR, COVID, CROPS)} == {AIR: "failed", COVID: "held", CROPS: "released"}
    assert {slug: third[slug] for slug in (AIR, COVID, CROPS)} == {AIR: "released", COVID: "held", CROPS: "unchanged"}
    down = [slug for slug, what in second.items() if what == "failed"]
    assert len(down) > 1
    assert {third[slug] for slug in down} <= {"released", "unchanged"}, "all are back"
    for night, slug in ((2, CROPS), (3, AIR)):
        updated = rows(text, night)[slug]
        assert updated[1] == "2"
        assert any(re.fullmatch(r"\+[\d,]+ ~[\d,]+", cell) for cell in updated), "row changes are shown"
    assert "could not be reached" in text
    assert "stays served" in text
    assert "synthetic" in text
    assert "Real data now: make live" in text
    told = text.split("What to do next")[0]
    assert "http://" not in told, "no address of a store or a program"
    assert not re.search(r"_(evidence|table|release)\b", text), "no name of a step"
    for night in (1, 2, 3):
        part = re.split(r"^Night \d.*$", text, flags=re.MULTILINE)[night].partition("dataset ")[0]
        parts = [line.strip() for line in part.splitlines()]
        assert [one for one in parts if one in AT_WORK] == AT_WORK[: 3 if night == 2 else 4]
    assert f"{AIR} failed at asking" in text


def test_a_market_that_was_late_is_seen_in_the_changes(held: tuple[Path, str]) -> None:
    home, _ = held
    said = json.loads(run(home, "diff", CROPS, "1", "2", "--rows", "--json").stdout)
    days = {(one["_change"], one["trade_date"]) for one in said["rows"]}
    assert days == {("insert", "2026-11-19"), ("update", "2026-11-20"), ("insert", "2026-11-21")}


def test_the_catalog_is_written_and_says_that_it_is_synthetic(held: tuple[Path, str]) -> None:
    home, _ = held
    shown = run(home, "show", "counties", "--json")
    assert '"synthetic": true' in shown.stdout
    assert "SYNTHETIC" in shown.stdout
    listed = run(home, "status", "--json")
    assert listed.returncode == 0
    with embedded(home) as server:
        entries = httpx.get(f"{server.endpoint}/{server.public_bucket}/catalog.json", trust_env=False).json()[
            "datasets"
        ]
    assert len(entries) == len(slugs(ROOT / "datasets"))
    assert all(one["synthetic"] for one in entries)


def test_each_command_that_is_printed_works_as_printed(held: tuple[Path, str]) -> None:
    home, text = held
    printed = [line.strip() for line in text.split("What to do next")[1].splitlines() if "bin/minsheng" in line]
    assert len(printed) >= 8
    reader = printed.pop(0)
    assert reader.endswith(" serve")
    assert "open http://127.0.0.1:8600/index.html in a browser" in text
    with serving(home) as address:
        assert "<html" in httpx.get(f"{address}/index.html", trust_env=False).text
    for command in printed:
        done = subprocess.run(
            command, shell=True, cwd=ROOT, env=environ(home), capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr


def test_a_second_demo_repeats_the_second_night_and_releases_nothing(held: tuple[Path, str]) -> None:
    home, _ = held
    before = [run(home, "releases", slug, "--json").stdout for slug in (AIR, COVID, CROPS)]
    again = run(home, "demo")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "released" not in {cells[0] for cells in rows(again.stdout, 1).values()}
    after = [run(home, "releases", slug, "--json").stdout for slug in (AIR, COVID, CROPS)]
    assert before == after


def test_a_live_run_is_refused_in_a_home_of_the_sandbox(demo: tuple[Path, str]) -> None:
    home, _ = demo
    refused = run(home, "run", "counties", "--sources", "live")
    assert refused.returncode == 1
    assert "never mix" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_up_serves_until_it_is_interrupted_and_leaves_nothing_running(
    demo: tuple[Path, str], counted: Callable[[str, int], None]
) -> None:
    home, _ = demo
    process = subprocess.Popen(
        [str(PROGRAM), "up"],
        cwd=ROOT,
        env=environ(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        umask=0,  # so that what keeps others out is the program, not the shell that it was started in
    )
    assert process.stdout is not None
    try:
        said = ""
        until = time.monotonic() + 90
        while "Ctrl-C" not in said and time.monotonic() < until:
            said += process.stdout.readline()
        dagster = re.search(r"Dagster +(http://\S+)", said)
        catalog = re.search(r"Site +(http://\S+)", said)
        assert dagster, said
        assert catalog, said
        site = re.search(r"Site +(http://\S+)", said)
        assert site, said
        assert "<html" in httpx.get(site[1], trust_env=False).text
        assert "webserver" in httpx.get(f"{dagster[1]}/server_info", trust_env=False).text
        assert "datasets/counties/index.html" in httpx.get(catalog[1], trust_env=False).text
        sandbox = re.search(r"Sandbox +(http://\S+)", said)
        assert sandbox, said
        with serving(home) as served:
            up = Up(dagster[1], catalog[1].partition("/minsheng/")[0], sandbox[1], served)
            counted("listeners of `up` and `serve`", refuse_strangers(home, up))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stdout.close()
    left = subprocess.run(["pgrep", "-af", str(home)], capture_output=True, text=True).stdout
    assert left == ""
