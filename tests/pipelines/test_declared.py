"""What stewards declared: read once for a run, in an order in which each dataset comes after those it refers to."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from nights import Make, levels
from worlds import SLUG, World, column, declaration, table_csv

from catalog.errors import DeclarationError, IntegrityError, SourceError
from pipelines import declared as module
from pipelines.declared import Declarations, of_release, with_meaning_of

INLINE: dict[str, Any] = {"source": {"protocol": "inline", "table": "table.csv"}, "load": "replace"}


def reference(to: str) -> dict[str, Any]:
    return {"references": [{"fields": ["site"], "dataset": to, "to": ["site"]}]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """`rivers` refers to `places`, which refers to `counties`; the last two are kept inline; `lakes` stands alone."""
    world = World(tmp_path)
    world.declare(declaration("counties", **INLINE), table="site,level\na,1\n")
    world.declare(declaration("places", **INLINE, **reference("counties")), table="site,level\na,1\n")
    world.declare(declaration("rivers", **reference("places")))
    world.declare(declaration("lakes"))
    return world


def test_inline_tables_come_first_and_others_only_when_they_are_wanted(world: World) -> None:
    declarations = Declarations(world.datasets)
    assert declarations.in_order(["rivers"]) == ["counties", "places", "rivers"]
    assert declarations.in_order(["lakes", "rivers", "counties"]) == ["lakes", "counties", "places", "rivers"]


def test_a_circle_is_refused_and_named(world: World) -> None:
    world.declare(declaration("counties", **INLINE, **reference("places")), table="site,level\na,1\n")
    with pytest.raises(SourceError, match="in a circle: rivers -> places -> counties -> places"):
        Declarations(world.datasets).in_order(["rivers"])


def test_each_file_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    load = module.load_dataset
    monkeypatch.setattr(module, "load_dataset", lambda folder, slug: read.append(slug) or load(folder, slug))
    declarations = Declarations(world.datasets)
    declarations.in_order(["rivers", "lakes"])
    assert [one.slug for one in declarations.all()] == ["counties", "lakes", "places", "rivers"]
    assert declarations.of("rivers") is declarations.of("rivers")
    assert sorted(read) == ["counties", "lakes", "places", "rivers"]


def test_all_faults_of_all_files_are_told_at_once(world: World) -> None:
    world.declare(declaration("lakes", approve="perhaps"))
    world.declare(declaration("rivers", agency="nobody"))
    with pytest.raises(DeclarationError) as fault:
        Declarations(world.datasets).all()
    assert "approve" in str(fault.value)
    assert "no 'nobody' in agencies.yaml; known: waters" in str(fault.value)


def test_tables_are_those_of_the_newest_release_and_part_of_the_fingerprint(world: World) -> None:
    before = Declarations(world.datasets).with_tables(world.public, "rivers")
    assert (dict(before.tables), before.not_checked) == ({}, ("places",))
    world.declare(declaration("places", **INLINE), table="site,level\na,1\n")
    world.hear(table_csv({"a": 1, "b": 2}), "places")
    world.settle("places")
    after = Declarations(world.datasets).with_tables(world.public, "rivers")
    assert after.tables["places"].equals(pa.table({"site": ["a", "b"]}))
    assert [(one.dataset, one.n) for one in after.inputs] == [("places", 1)]
    assert after.fingerprint != before.fingerprint


def test_codes_of_a_table_without_a_release_stop_the_dataset(world: World) -> None:
    codes = {"table": {"dataset": "places", "key": "site", "value": "site"}}
    world.declare(declaration("rivers", [column("site"), column("level", codes=codes)]))
    with pytest.raises(DeclarationError, match="takes codes from places, which has no release; run"):
        Declarations(world.datasets).with_tables(world.public, "rivers")


def test_a_table_with_two_codes_for_one_word_is_refused_with_both(world: World) -> None:
    world.declare(declaration("places", [column("site"), column("word")], **INLINE), table="site,word\na,甲\nb,甲\n")
    world.hear("site,word\na,甲\nb,甲\n".encode(), "places")
    world.settle("places")
    codes = {"table": {"dataset": "places", "key": "word", "value": "site"}}
    world.declare(declaration("rivers", [column("site"), column("level", codes=codes)]))
    told = "field level takes its codes from places, where word '甲' stands twice: site is 'a' and 'b', so nobody knows"
    with pytest.raises(DeclarationError, match=told):
        Declarations(world.datasets).with_tables(world.public, "rivers")


def test_what_a_release_stored_is_read_back_equal(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    stored = of_release(world.public, world.private, world.newest())
    now = Declarations(world.datasets).with_tables(world.public, SLUG)
    assert (stored.fact, stored.fingerprint, stored.suite_digest) == (now.fact, now.fingerprint, now.suite_digest)


def test_a_lost_declaration_is_read_from_the_candidate_and_else_named(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    release = world.newest()
    path = release.facts.facts["declaration"].path
    whole = of_release(world.public, world.private, release).fact
    (world.root / "public" / "datasets" / SLUG / path).unlink()
    assert of_release(world.public, world.private, release).fact == whole
    (world.root / "private" / "candidates" / SLUG / release.candidate / path).unlink()
    with pytest.raises(IntegrityError, match=path):
        of_release(world.public, world.private, release)


def test_the_meaning_of_a_release_with_the_words_of_today(make: Make) -> None:
    world = make(fields=[column("site"), column("level", "number", unit="m")])
    world.tell(table_csv({"a": 1}))
    stored = of_release(world.public, world.private, world.newest())
    world.declare(
        declaration(fields=[column("site"), column("level", "integer", title={"en": "Height", "zh-TW": "高"})])
    )
    current = Declarations(world.datasets).of(SLUG)
    kept = with_meaning_of(stored, current)
    assert kept.fingerprint == stored.fingerprint
    assert (kept.dataset.field("level").type, kept.dataset.field("level").title.en) == ("number", "Height")
    assert levels(world) == {"a": 1}


def test_site_yaml_is_read_once_and_when_it_is_wanted(world: World) -> None:
    declarations, site = Declarations(world.datasets), world.datasets / "site.yaml"
    site.write_text(json.dumps({"contact": "data@waters.example"}), encoding="utf-8")
    assert declarations.site.contact == "data@waters.example"
    site.write_text("{", encoding="utf-8")
    assert declarations.site.contact == "data@waters.example"
    with pytest.raises(DeclarationError, match=r"site\.yaml:1: not YAML"):
        _ = Declarations(world.datasets).site
