"""A store over HTTP on a free port of loopback, as `minsheng serve` has it."""

import contextlib
from collections.abc import Iterator

from starlette.types import ASGIApp

from catalog.store import Store
from catalog.store.listener import Server, listen
from catalog.store.serve import application


@contextlib.contextmanager
def hosted(store: Store) -> Iterator[str]:
    """The address of a store, which is served meanwhile."""
    with hosted_app(application(store)) as address:
        yield address


@contextlib.contextmanager
def hosted_app(app: ASGIApp) -> Iterator[str]:
    """The address of an application, which runs meanwhile."""
    with listen(0) as listener, Server(app, listener) as server:
        yield server.address
