"""The national accessibility rules at AA over pages, by a library that does not go together with ours.

It runs in `.venv-reader`: `python national_rules.py ADDRESS...` prints JSON: for each address the pairs of rule and
markup that fail. The rules: https://accessibility.moda.gov.tw/, version 115.11, in force from 30 November 2026.
"""

import json
import os
import sys
from typing import Any


def main(addresses: list[str]) -> None:
    """Print what each page breaks."""
    os.environ["A11Y_ALLOW_PRIVATE_HOSTS"] = "1"
    from a11y_moda.models import Level
    from a11y_moda.scanner import scan_page

    found: dict[str, Any] = {}
    for address in addresses:
        report = scan_page(address, level=Level.AA)
        if report.fetch_error or report.status_code != 200:
            raise SystemExit(f"{address}: {report.status_code} {report.fetch_error}")
        found[address] = [[issue.rule_id, issue.snippet] for issue in report.issues if issue.status == "fail"]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
