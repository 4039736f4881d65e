"""What everyone reads quotes no agency: a text may be of a column that is never published."""

import datetime as dt
import json
from typing import Any

import pytest
from nights import Make
from worlds import SLUG, bodies, column

from catalog.declaration.dataset import load_dataset
from catalog.derived import write as derived
from catalog.reasons.sentences import sentences
from pipelines.refresh.status import read_status

PRIVATE = "0912-secret"
FIELDS = [column("site"), column("phone", publish="no"), column("level", "number")]
PEOPLE: dict[str, Any] = {"fields": FIELDS, "key": ["site"]}
HELD = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})


def csv(*lines: str) -> str:
    return "\n".join(["site,phone,level", *lines, ""])


@pytest.mark.parametrize(
    ("format_", "body"),
    [
        ("json", f'[{{"phone": "{PRIVATE}", "site": "a"'),
        ("json", f'{{"phone": "{PRIVATE}"}}'),
        ("csv", csv(f"a,{PRIVATE},1", f"b,{PRIVATE}")),
        ("csv", f"<p>{PRIVATE}</p>"),
        ("xml", f"<l><i phone='{PRIVATE}'>"),
        ("geojson", f'{{"type": "FeatureCollection", "features": ["{PRIVATE}"]}}'),
        ("xlsx", PRIVATE),
    ],
)
def test_a_refusal_quotes_in_private_only(make: Make, format_: str, body: str):
    reading = {"xml": {"records": "l/i"}}.get(format_, {})
    source = {"protocol": "file", "address": f"https://waters.example/r.{format_}", "format": format_}
    world = make(source=source | ({"reading": reading} if reading else {}), **PEOPLE)
    (item,) = world.tell(body)
    assert item.outcome == "refused"
    derived.write(world.public, [SLUG])
    shown = [key for key, said in bodies(world.public) if PRIVATE.encode() in said]
    assert shown == []
    status = read_status(world.ctx, load_dataset(world.datasets, SLUG), dt.datetime.now(dt.UTC))
    assert status.reasons == item.reasons, "stewards read it in full"
    public = json.loads(world.public.get(f"datasets/{SLUG}/status.json").body)
    assert public["reasons"] == [{"kind": "not-data", "version": 1, "detail": ""}]
    assert public["reason"] == "what the source answered is not data of this dataset, or not whole"


@pytest.mark.parametrize(
    ("row", "value", "outcome", "told"),
    [("b,90210", "90210", "held", False), ("a,4.0625", "4.0625", "refused", True)],
)
def test_where_only_counts_are_published_no_value_is(make: Make, row: str, value: str, outcome: str, told: bool):
    world = make(quarantine="counts", fields=[column("site"), HELD])
    (item,) = world.tell(f"site,level\na,1\n{row}\n")
    assert (item.outcome, value in str(item.reason)) == (outcome, told), "of a refusal a steward reads the values"
    derived.write(world.public, [SLUG])
    assert not [key for key, said in bodies(world.public) if value.encode() in said]
    said = json.loads(world.public.get(f"datasets/{SLUG}/status.json").body)["reason"]
    assert said == sentences(each.public() for each in item.reasons)
