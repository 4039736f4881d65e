"""A replay of datasets that were recorded in different months, and all times that are published of them."""

import json
from pathlib import Path

from nights import LOOSE
from worlds import World, declaration, inline

from catalog import keys
from catalog.release import publish

NIGHTS = {
    "april": ("2026-04-17", "2026-04-18"),
    "july": ("2026-07-01", "2026-07-04"),
    "may": ("2026-05-02", "2026-05-09"),
}
"""Two recorded nights of each dataset; the second of `may` is refused."""


def recorded(root: Path) -> Path:
    """A folder of recordings, and the table `places` beside them, which has no time of its own."""
    (root / "replay").mkdir(parents=True)
    for slug, days in NIGHTS.items():
        lines = [f"{day}T01:30:00+08:00,{slug}{i}.csv" for i, day in enumerate(days)]
        (root / "replay" / f"{slug}.csv").write_text("\n".join(["fetched_at,file", *lines, ""]))
        for i in range(len(days)):
            body = "<p>maintenance</p>" if (slug, i) == ("may", 1) else f"site,level\na,{i}\n"
            (root / f"{slug}{i}.csv").write_text(body)
    return root


def world_of(root: Path) -> World:
    world = World(root)
    reference = [{"fields": ["site"], "dataset": "places", "to": ["site"]}]
    for slug in NIGHTS:
        world.declare(declaration(slug, guards=LOOSE, references=reference))
    world.declare(inline("places", guards=LOOSE), table="site,level\na,1\n")
    return world


def stamps(world: World) -> dict[str, list[object]]:
    """All times that are published of each dataset: of its releases, and of its status."""
    found: dict[str, list[object]] = {}
    for slug in (*NIGHTS, "places"):
        status = json.loads(world.public.get(keys.status(slug)).body)
        releases = [publish.load(world.public, slug, n) for n in range(1, publish.newest_n(world.public, slug) + 1)]
        found[slug] = [(release.created, release.facts.as_of) for release in releases]
        found[slug] += [status[name] for name in ("state", "last_checked", "since", "due_at")]
    return found


def night(day: str) -> str:
    return f"{day}T01:30:00+08:00"
