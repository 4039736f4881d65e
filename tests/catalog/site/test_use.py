"""What a researcher copies from a page works, and a citation is one that a reference manager reads."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hosts import hosted
from ministries import ADDRESS
from snippets import END
from worlds import World

from catalog.site import use
from catalog.site.pages import Entry
from catalog.site.sources import Released
from catalog.site.words import words

EN = words("en")


@pytest.fixture(scope="module", params=["rivers", "places"])
def one(request: pytest.FixtureRequest, entries: list[Entry]) -> Released:
    """A table in many files, and one in a single file."""
    found = next(each.newest for each in entries if each.slug == request.param)
    assert found
    return found


@pytest.fixture(scope="module")
def served(world: World) -> Iterator[str]:
    with hosted(world.public) as address:
        yield address


def code(one: Released, address: str, name: str) -> str:
    return next(each.code for each in use.snippets(one.release, address) if each.name == name)


def ran(folder: Path, *command: str) -> str:
    environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_shell_fetches_and_proves_the_release(one: Released, served: str, tmp_path: Path) -> None:
    if not all(map(shutil.which, ("bash", "curl", "sha256sum"))):
        pytest.skip("needs bash, curl and sha256sum")
    said = ran(tmp_path, "bash", "-euo", "pipefail", "-c", code(one, served, "shell"))
    assert said.count(": OK\n") == len(one.release.files()) + 1
    # Then the two lines of "check a copy" hold as well.
    assert one.release.sha256 in ran(tmp_path, "sha256sum", f"datapackage-{one.release.n}.json")


def test_pandas_reads_all_rows(one: Released, served: str, tmp_path: Path) -> None:
    said = ran(tmp_path, sys.executable, "-W", "error", "-c", code(one, served, "pandas") + "print(data.shape)\n" + END)
    assert said.strip() == str((one.release.rows, len(one.schema["fields"])))


def test_duckdb_reads_all_rows(one: Released, world: World) -> None:
    # Its extension for HTTP is not here: the same statements, on the folder that is served.
    said = code(one, str(world.root / "public"), "duckdb")
    assert said.startswith("INSTALL httpfs; LOAD httpfs;\n")
    *statements, last = [each for each in said.split(";") if each.strip() and "httpfs" not in each]
    with duckdb.connect() as connection:
        for each in statements:
            connection.execute(each)
        assert len(connection.execute(last).fetchall()) == one.release.rows


def test_r_reads_all_rows(one: Released, served: str, tmp_path: Path) -> None:
    if not shutil.which("Rscript"):
        pytest.skip("R is not on this machine")
    name = "r" if len(one.release.partitions) == 1 else "r_many"
    assert f"{one.release.rows}" in ran(tmp_path, "Rscript", "-e", code(one, served, name) + "cat(nrow(data))")


def test_the_code_does_not_grow_with_the_history(entries: list[Entry]) -> None:
    rivers = next(each.newest for each in entries if each.slug == "rivers")
    assert rivers
    assert len(rivers.release.partitions) == 18
    assert all(len(each.code) < 700 for each in use.snippets(rivers.release, ADDRESS))


def test_without_an_address_a_placeholder_stands_there(one: Released) -> None:
    assert all(use.UNKNOWN in each.code for each in use.snippets(one.release, None))
    assert use.UNKNOWN in use.citation(EN, one, None).sentence
    assert use.UNKNOWN not in str(use.snippets(one.release, ADDRESS)) + str(use.citation(EN, one, ADDRESS))


def test_a_citation_names_version_day_address_and_hash(one: Released) -> None:
    slug, n = one.slug, one.release.n
    version = one.release.version
    assert use.citation(EN, one, ADDRESS).sentence == (
        f"Waters (2026). {slug} (release {n}, version {version}) [Data set]. Released 1 July 2026. "
        f"{ADDRESS}/datasets/{slug}/datapackage-{n}.json. SHA-256: {one.release.sha256}"
    )
    zh = use.citation(words("zh-TW"), one, ADDRESS).sentence
    assert zh.startswith(f"臺：Waters（2026）。臺：{slug}（第 {n} 版，版號 {version}）〔資料集〕。")
    assert zh.endswith(f"SHA-256：{one.release.sha256}")


def test_bibtex_is_balanced_whatever_the_title(one: Released) -> None:
    title = r"50% of {A} & \B_c #1 $x$ ~^ }"
    hostile = Released(
        one.release, one.schema, one.quality, {"dataset": one.declared | {"title": {"en": title, "zh-TW": title}}}
    )
    said = use.citation(EN, hostile, ADDRESS).bibtex
    assert f"@misc{{{one.slug}-{one.release.n}," in said
    assert r"50\% of \textbraceleft{}A\textbraceright{} \& \textbackslash{}B\_c \#1 \$x\$ \textasciitilde{}" in said
    depth = 0
    for mark in said:
        depth += {"{": 1, "}": -1}.get(mark, 0)
        assert depth >= 0
    assert depth == 0
