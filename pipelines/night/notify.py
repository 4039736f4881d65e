"""Messages to people: by mail, webhook and what else apprise speaks. Each is told once of each change of state."""

import hashlib
import logging
from typing import Any

from catalog.errors import DecisionError
from pipelines.night.report import Report
from pipelines.night.spoken import message
from pipelines.night.told import ToldBefore

VARIABLE = "MINSHENG_NOTIFY_SECRET"
"""Which of the settings' secrets holds the addresses: as apprise takes them, with blanks between."""


def check(addresses: str) -> None:
    """See that each address is one that apprise takes; nobody is told anything.

    Raises:
        DecisionError: one is none; says which, and not what stands there.
    """
    for i, address in enumerate(addresses.split(), 1):
        _service(address, i)


def waits(report: Report, told: ToldBefore, addresses: str) -> bool:
    """Return whether a report has news for an address: because something happened, or it could not be told before."""
    return any(report.news(told.told.get(_digest(address), {})) for address in addresses.split())


def tell(report: Report, told: ToldBefore, addresses: str, language: str) -> list[str]:
    """Tell each address what is new for it, and note in `told` what it knows now.

    Args:
        report: of the night.
        told: what each address knows; changed.
        addresses: as the variable says.
        language: of the message.

    Returns:
        A sentence for each address that could not be told. It is told with the next report.

    Raises:
        DecisionError: an address is none; nobody was told.
    """
    services = [(_name(address, i), _digest(address), _service(address, i))
                for i, address in enumerate(addresses.split(), 1)]  # fmt: skip
    known = {digest for _, digest, _ in services}
    told.told = {digest: states for digest, states in told.told.items() if digest in known}
    missed = []
    for name, digest, service in services:
        news = report.news(told.told.get(digest, {}))
        if news:
            title, body = message(report, news, language)
            if not service.notify(title=title, body=body, body_format="text"):
                missed.append(f"{name} could not be told; it is told with the next report")
                continue
        told.told[digest] = dict(report.states)
    return missed


def _service(address: str, i: int) -> Any:
    import apprise  # here: it takes 0.3 s

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would write addresses into the log
    service = apprise.Apprise()
    if not service.add(address):
        raise DecisionError(
            f"{VARIABLE}: expected addresses as apprise takes them, as mailto://user:password@mail.example.tw or "
            f"jsons://hooks.example.tw/minsheng, with blanks between; number {i} is none"
        )
    return service


def _name(address: str, i: int) -> str:
    """What a log may say of an address: all but its kind may be a secret."""
    return f"address {i} of {VARIABLE} ({address.partition(':')[0]})"


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]
