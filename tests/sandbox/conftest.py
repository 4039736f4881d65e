"""A running sandbox with the project's datasets, and a caller for each of its addresses."""

from collections.abc import Iterator

import httpx
import pytest
from simulated import AIR_PATH, CDC_PATH, DATASETS, KEY, NIGHT_1, Ask

from sandbox import Sandbox


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """One sandbox for all tests of a file."""
    with Sandbox(DATASETS, NIGHT_1) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """The sandbox in its first night, without faults and with an empty log."""
    running.now = NIGHT_1
    running.clear_faults()
    running.log.clear()
    return running


@pytest.fixture
def web(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, timeout=30) as client:
        yield client


@pytest.fixture
def ask_air(web: httpx.Client) -> Ask:
    """Ask for a page of the air-quality dataset."""

    def ask(**query: object) -> httpx.Response:
        return web.get(AIR_PATH, params={"api_key": KEY, "limit": "1000", **query})

    return ask


@pytest.fixture
def ask_cdc(web: httpx.Client) -> Ask:
    """Ask for the file of the COVID dataset."""

    def ask(**headers: str) -> httpx.Response:
        return web.get(CDC_PATH, headers=headers)

    return ask
