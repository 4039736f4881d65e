"""What `doctor` finds: each thing that would spoil a night, and what to do; one that is wrong hides no other."""

import dataclasses
from pathlib import Path

import pytest
from databases import execute, postgresql
from hosts import hosted, hosted_app
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route
from worlds import World, column, declaration

from catalog.store.embedded import Embedded
from pipelines.doctor import Finding, examine
from pipelines.fetch.sources import mark
from pipelines.run import write_lists
from pipelines.settings import POSTGRES, ROOT, Settings, read


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "home")
    made.declare(declaration(fields=[column("site"), column("level", "number")]))
    mark(made.public, made.private, "live")
    return made


@pytest.fixture
def chosen(world: World, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    home = world.root
    said = {"HOME": home, "STORE": f"file:{home / 'public'}", "EVIDENCE": f"file:{home / 'private'}",
            "DATASETS": world.datasets}  # fmt: skip
    return read({f"MINSHENG_{name}": str(value) for name, value in said.items()})


def of(chosen: Settings, what: str) -> list[Finding]:
    return [each for each in examine(chosen) if each.what == what]


def says(chosen: Settings, what: str, verdict: str) -> str:
    (found,) = [each.says for each in of(chosen, what) if each.verdict == verdict]
    return found


def test_each_thing_is_found_and_only_what_is_missing_is_to_be_looked_at(chosen: Settings) -> None:
    found = list(examine(chosen))
    assert list(dict.fromkeys(each.what for each in found)) == [
        "settings", "declarations", "keys", "public store", "private store", "kind of data", "readers", "report",
        "messages", "Dagster",
    ]  # fmt: skip
    assert {each.what for each in found if each.verdict == "look"} == {"readers", "report", "messages", "Dagster"}
    assert not [each for each in found if each.verdict == "wrong"]


def test_a_wrong_declaration_is_named_and_hides_nothing(world: World, chosen: Settings) -> None:
    path = world.datasets / "rivers" / "dataset.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('"number"', '"numbre"'), encoding="utf-8")
    assert "numbre" in says(chosen, "declarations", "wrong")
    assert of(chosen, "public store")[0].verdict == "good"


def test_a_key_that_is_not_set_is_named_with_the_datasets(world: World, chosen: Settings) -> None:
    for slug in ("rivers", "lakes", "ponds", "wells"):
        source = {"protocol": "moenv", "dataset": "aqx_p_1", "key_env": "SOME_API_KEY"}
        world.declare(declaration(slug, [column("site")], source=source))
    found = says(chosen, "keys", "look")
    assert found.startswith("set SOME_API_KEY (8 characters or more): without it lakes, ponds, rivers and 1 more")
    with_key = dataclasses.replace(chosen, secrets={"SOME_API_KEY": "0123456789"})
    assert of(with_key, "keys")[0].verdict == "good"
    assert of(dataclasses.replace(chosen, sources="sandbox"), "keys")[0].verdict == "good"


def test_data_of_another_kind_are_wrong(chosen: Settings) -> None:
    other = dataclasses.replace(chosen, sources="sandbox")
    assert says(other, "kind of data", "wrong") == (
        "the stores hold live data, and MINSHENG_SOURCES is sandbox: use another MINSHENG_HOME or store"
    )


def test_a_store_that_is_not_there_is_wrong_and_all_else_is_looked_at(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "0123456789")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    found = list(examine(dataclasses.replace(chosen, store="s3://nowhere", evidence="s3://nowhere-private")))
    wrong = {each.what for each in found if each.verdict == "wrong"}
    assert {"public store", "private store"} <= wrong
    assert found[-1].what == "Dagster"


def test_a_real_s3_is_probed(chosen: Settings, s3_server: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    store = s3_server.open_public("doctor")
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.doctor.open_stores", lambda _: _opened(store))
        assert "honours conditional writes" in says(chosen, "public store", "good")
    assert list(store.list("probe/")) == []


def _opened(store):  # type: ignore[no-untyped-def]
    import contextlib

    from pipelines.settings import Stores

    return contextlib.nullcontext(Stores(store, store))


# ---- readers


@pytest.fixture
def released(world: World) -> World:
    world.tell("site,level\na,1\n")
    write_lists(world.ctx)
    return world


def test_readers_reach_ranges_and_from_other_pages(released: World, chosen: Settings) -> None:
    with hosted(released.public) as address:
        found = of(dataclasses.replace(chosen, address=address), "readers")
    assert found[0] == Finding("readers", "good", f"{address} answers")


@pytest.mark.parametrize(("open_to_all", "expected"), [(True, []), (False, ["pages of other hosts may not read it"])])
def test_whole_files_and_closed_pages_are_to_be_looked_at(
    released: World, chosen: Settings, open_to_all: bool, expected: list[str]
) -> None:
    whole = Starlette(
        routes=[Route("/catalog.json", lambda _: Response(b"{}"))],
        middleware=[Middleware(CORSMiddleware, allow_origins=["*"])] if open_to_all else [],
    )
    with hosted_app(whole) as address:
        found = of(dataclasses.replace(chosen, address=address), "readers")
    looks = [each.says for each in found if each.verdict == "look"]
    assert looks[0].startswith("it sends whole files only")
    assert [each.split(":")[0] for each in looks[1:]] == expected


def test_an_address_where_nobody_answers_is_wrong(released: World, chosen: Settings) -> None:
    assert "could not be reached" in says(dataclasses.replace(chosen, address="http://127.0.0.1:9"), "readers", "wrong")
    with hosted(released.public) as address:
        elsewhere = dataclasses.replace(chosen, address=f"{address}/elsewhere")
        assert "expected status 200 or 206, found 404" in says(elsewhere, "readers", "wrong")


# ---- people and Dagster


def test_a_wrong_address_of_a_person_is_wrong_and_not_shown(chosen: Settings) -> None:
    wrong = "json://hooks.example/a s3cret-nonsense"
    found = says(dataclasses.replace(chosen, secrets={"MINSHENG_NOTIFY_SECRET": wrong}), "messages", "wrong")
    assert "number 2 is none" in found
    assert "s3cret" not in found
    two = "json://hooks.example/a json://hooks.example/b"
    assert says(dataclasses.replace(chosen, secrets={"MINSHENG_NOTIFY_SECRET": two}), "messages", "good").startswith(
        "2 addresses"
    )


def test_the_settings_of_dagster_are_compared(
    chosen: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    assert says(chosen, "Dagster", "wrong").startswith(f"there is no {tmp_path / 'dagster.yaml'}: cp ")
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: true}\n", encoding="utf-8")
    assert "differs from" in says(chosen, "Dagster", "look")
    (tmp_path / "dagster.yaml").write_bytes((ROOT / "dagster.yaml").read_bytes())
    assert says(chosen, "Dagster", "good").endswith("is that of this version")


def test_the_database_of_the_history_is_asked(
    chosen: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    assert of(chosen, "history") == []
    with postgresql() as address:
        monkeypatch.setenv(POSTGRES, address)
        (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
        assert says(chosen, "Dagster", "wrong").startswith(f"{tmp_path / 'dagster.yaml'} does not read {POSTGRES}: cp ")
        (tmp_path / "dagster.yaml").write_bytes((ROOT / "dagster.yaml").read_bytes())
        assert says(chosen, "Dagster", "good")
        assert says(chosen, "history", "good").endswith("Dagster's history is in its database history")
        execute(address, "CREATE ROLE guest LOGIN PASSWORD 'guest-0-guest'")
        execute(address, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        monkeypatch.setenv(POSTGRES, f"postgresql://guest:guest-0-guest@{address.split('@')[1]}")
        assert "make our user its owner" in says(chosen, "history", "wrong")
        monkeypatch.setenv(POSTGRES, f"postgresql://guest:n0t-the-one@{address.split('@')[1]}")
        refused = says(chosen, "history", "wrong")
        assert 'password authentication failed for user "guest"' in refused
        assert "n0t-the-one" not in refused
    monkeypatch.setenv(POSTGRES, address)
    assert "Connection refused" in says(chosen, "history", "wrong")
