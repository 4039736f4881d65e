"""The code of the page that explains how to use the data works with the addresses that it names."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hosts import hosted
from worlds import World

from catalog.derived import spreadsheets
from catalog.derived.releases_json import listed
from catalog.site.howto import HowtoExample, Recipe, example, recipes
from catalog.site.use import UNKNOWN


@pytest.fixture
def shown(land: World) -> HowtoExample:
    return example(land.newest("air"), ())


@pytest.fixture(scope="module")
def served(land: World) -> Iterator[str]:
    with hosted(land.public) as address:
        yield address


def code(shown: HowtoExample, address: str | None, name: str) -> str:
    return next(each.code for each in recipes(shown, address) if each.name == name)


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_python_reads_all_rows(shown: HowtoExample, served: str, land: World, name: str, reader: Path) -> None:
    command = [str(reader), "-c", code(shown, served, name) + "print(len(data))"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == str(land.newest("air").rows), done.stderr


def test_duckdb_reads_rows(shown: HowtoExample, land: World) -> None:
    # Its extension for HTTP is not here: the same statement, on the folder that is served.
    last = code(shown, str(land.root / "public"), "duckdb").split("LOAD httpfs;")[1]
    with duckdb.connect() as connection:
        assert len(connection.execute(last).fetchall()) == 10


def test_curl_fetches_and_unpacks(shown: HowtoExample, served: str, tmp_path: Path) -> None:
    if not all(map(shutil.which, ("bash", "curl", "gunzip"))):
        pytest.skip("needs bash, curl and gunzip")
    command = ["bash", "-euc", f"unset http_proxy https_proxy all_proxy; {code(shown, served, 'curl')}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = tmp_path.iterdir()
    assert file.read_text(encoding="utf-8-sig").startswith("station,day,land,dust")


def test_the_files_for_spreadsheets_are_named_where_they_are(land: World) -> None:
    plain = example(land.newest("air"), ())
    assert plain.csv == ""
    written = spreadsheets.write(land.public, land.newest("air"), listed(land.public, "air"))
    made = example(land.newest("air"), tuple(written.files))
    assert made.csv in set(land.public.list("datasets/air/"))


def test_without_an_address_the_sign_for_it_stands_there(shown: HowtoExample) -> None:
    found: list[Recipe] = recipes(shown, None)
    assert all(UNKNOWN in each.code for each in found if each.code)
    assert "ADDRESS" not in str(found)
