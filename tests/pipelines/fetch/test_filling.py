"""Values of another dataset's column; the whole way is in `protocols/test_file_asked`."""

from pathlib import Path

import pytest
from worlds import SLUG, World, declaration

from catalog.declaration.dataset import load_dataset
from catalog.errors import SourceError
from pipelines.fetch.filling import columns_of, told


def test_a_dataset_without_a_release_fills_nothing(tmp_path: Path):
    world = World(tmp_path)
    source = {"protocol": "file", "format": "csv", "address": "https://waters.example/{s}"}
    world.declare(declaration(source=source | {"over": {"s": {"dataset": "sites", "column": "code"}}}))
    with pytest.raises(SourceError, match="rivers is asked over sites, which has no release; run `minsheng run sites`"):
        columns_of(world.ctx, load_dataset(world.datasets, SLUG))


def test_others_need_nothing(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration())
    said = load_dataset(world.datasets, SLUG)
    assert columns_of(world.ctx, said) == {}
    assert told(world.ctx, said)[1].words == ()
