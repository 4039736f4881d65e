"""All errors of the sandbox are one family, and each message names its place."""

from collections.abc import Callable
from pathlib import Path

import pytest
from simulated import AIR, CDC, DATASETS

from sandbox import Sandbox, SandboxError
from sandbox.clock import parse_time
from sandbox.faults.registry import read_fault
from sandbox.protocols import load_protocol
from sandbox.spec import load


@pytest.mark.parametrize(
    ("wrong_call", "place"),
    [
        (lambda folder: load(folder), "tmp_path"),
        (lambda _: parse_time("soon"), "soon"),
        (lambda _: read_fault({"fault": "down", "depth": 3}), "fault down: depth"),
        (lambda _: load_protocol("smoke"), "smoke"),
        (lambda _: Sandbox(DATASETS).set_fault("other", "down"), "other"),
        (lambda _: Sandbox(DATASETS).set_fault(CDC, "repeated_page"), CDC),
        (lambda _: Sandbox(DATASETS).add_fault(AIR, "vanished_column", column="x"), AIR),
        (lambda _: Sandbox(DATASETS).url, "the sandbox is not started"),
    ],
)
def test_one_family_of_errors(tmp_path: Path, wrong_call: Callable[[Path], object], place: str) -> None:
    with pytest.raises(SandboxError) as caught:
        wrong_call(tmp_path)
    assert (str(tmp_path) if place == "tmp_path" else place) in str(caught.value)
