"""How an answer is asked for again: the agency, the address without any key in it, and the folder's name."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from catalog.declaration.dataset import Agency
from catalog.declaration.names import SLUG
from catalog.errors import DecisionError

_KEY_NAMES = re.compile(r"api_?key|app_?key|(?:access_?)?token|authorization|key|secret|password", re.IGNORECASE)
_LONGEST_NAME = 63


class AskedSource(NamedTuple):
    """Where an answer comes from."""

    agency: str
    source: dict[str, Any]
    """The block `source`, without the format."""
    notes: Sequence[str] = ()


def source_at(address: str, agencies: Mapping[str, Agency]) -> AskedSource:
    """Return how an address is asked.

    Args:
        address: https, with or without a query; a key in it is taken out.
        agencies: by name.

    Raises:
        DecisionError: no agency lists its host; says what to write.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise DecisionError(f"expected an https address or a file, found {address[:200]!r}")
    found = [name for name, agency in agencies.items() if parts.hostname in agency.hosts]
    if not found:
        raise DecisionError(
            f"expected {parts.hostname} among the hosts of an agency, found it at none; add it in agencies.yaml: "
            f"under an agency, or as a new one with title, homepage and hosts: [{parts.hostname}]"
        )
    query = parse_qsl(parts.query, keep_blank_values=True)
    keys = [name for name, _ in query if _KEY_NAMES.fullmatch(name)]
    kept = [(name, text) for name, text in query if name not in keys]
    # A query without a key stays as the agency writes it.
    rest = parts.query if not keys else urlencode(kept)
    source: dict[str, Any] = {"protocol": "file", "address": parts._replace(query=rest, fragment="").geturl()}
    if not keys:
        return AskedSource(found[0], source)
    variable = f"{found[0].upper().replace('-', '_')}_API_KEY"
    source["key"] = {"env": variable, "query": keys[0]}
    return AskedSource(found[0], source, [f"The key was taken out of the address; set it in the variable {variable}."])


def source_of_file(name: str, path: str, agencies: Mapping[str, Agency], agency: str | None) -> AskedSource:
    """Return how a file may be asked for, of which only the bytes are known.

    Args:
        name: the file's name.
        path: where it lies here: the name of an agency may be in it.
        agencies: by name.
        agency: whose it is; None if nobody says so.

    Raises:
        DecisionError: there is no such agency, or none that may be asked.
    """
    asked = {each: one for each, one in agencies.items() if one.hosts}
    if agency is not None and agency not in asked:
        raise DecisionError(
            f"no agency {agency!r} with hosts in agencies.yaml; there are {', '.join(sorted(asked)) or 'none'}"
        )
    if not asked:
        raise DecisionError("expected an agency with hosts in agencies.yaml, found none; add whose file it is")
    notes = ["Question: at which address does the agency give this file? This one is made up."]
    if agency is None:
        folders = [part.lower().replace("_", "-") for part in re.split(r"[/\\]", path)]
        agency = next((each for each in asked if each in folders), None)
        notes.insert(0, f"Question: whose file is it? Known are {', '.join(sorted(asked))}.")
    agency = agency or next(iter(asked))
    address = f"https://{asked[agency].hosts[0]}/{re.sub(r'[^A-Za-z0-9._~-]', '-', name)}"
    return AskedSource(agency, {"protocol": "file", "address": address}, notes)


def name_in(place: str) -> str:
    """Return a name for the dataset's folder from an address or the path of a file."""
    parts = [part for part in PurePosixPath(unquote(urlsplit(place).path)).parts if part not in ("/", "..", ".")]
    stems = [re.sub(r"(?:\.[A-Za-z0-9]{1,7}){1,2}$", "", part) for part in reversed(parts[-3:])]
    for stem in stems:
        words = [word for word in re.split(r"[^a-z0-9]+", stem.lower()) if word and not word.isdecimal()]
        words = [word for word in words if not re.fullmatch(r"v?[0-9]+[a-z]?[0-9]*t?[0-9]*", word)]
        name = "-".join(words)[:_LONGEST_NAME].strip("-")
        if len(name) > 1 and re.match(SLUG, name):
            return name
    return "new-dataset"
