"""Who decides, as the operating system or a proxy vouches for it: beside the name that was typed, never instead of it.

An identity stays in the private store. It is `os:` and the user of the process, or `proxy:` and whom a trusted proxy
says is logged in.
"""

import os
import pwd
import unicodedata

_OS, _PROXY = "os", "proxy"
_LONGEST = 200


def of_process() -> str:
    """Return the operating system's user of this process: by its number, not by what the environment says."""
    uid = os.getuid()
    try:
        return f"{_OS}:{pwd.getpwuid(uid).pw_name}"
    except KeyError:  # a container may run as a number that has no name
        return f"{_OS}:{uid}"


def of_proxy(values: list[bytes]) -> str | None:
    """Return the identity that a proxy says in a header.

    Args:
        values: what stands in the header, each time that it was sent.

    Returns:
        None unless there is exactly one, and it is a text of one line.
    """
    if len(values) != 1:
        return None
    try:
        name = values[0].decode().strip()
    except UnicodeDecodeError:
        return None
    return f"{_PROXY}:{name}" if name and len(name) <= _LONGEST and name.isprintable() else None


def is_of_proxy(identity: str) -> bool:
    """Return whether a proxy vouches for an identity."""
    return identity.startswith(f"{_PROXY}:")


def are_two(one: str | None, other: str | None) -> bool:
    """Return whether two identities are two people, as far as anybody vouches for it.

    Only the same party can tell two people apart: whoever has a login at the proxy may have an account on the machine.
    """
    if one is None or other is None:
        return False
    (kind, name), (other_kind, other_name) = _parts(one), _parts(other)
    return kind == other_kind and name != other_name


def _parts(identity: str) -> tuple[str, str]:
    """Who vouches, and for whom; a login is often the same in small and capital letters."""
    kind, _, name = identity.partition(":")
    return kind, unicodedata.normalize("NFKC", name).casefold()
