"""Writes coverage by package into docs/contributing.md, from coverage's JSON report.

``python tools/coverage_table.py .coverage.json``, which ``make coverage`` does.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "contributing.md"
_TABLE = re.compile(r"(<!-- coverage -->\n).*?(<!-- /coverage -->)", re.DOTALL)


def main(report: str) -> None:
    """Replace the table of the page."""
    files = json.loads(Path(report).read_text(encoding="utf-8"))["files"]
    page = PAGE.read_text(encoding="utf-8")
    if not _TABLE.search(page):
        raise SystemExit(f"{PAGE}: has no <!-- coverage --> … <!-- /coverage -->")
    table = "\n".join(rows(files))
    PAGE.write_text(_TABLE.sub(lambda m: f"{m[1]}{table}\n{m[2]}", page), encoding="utf-8")
    print(table)


def rows(files: dict[str, dict]) -> list[str]:
    """Lines of the table: a package and its share of lines and branches that tests run."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path, file in files.items():
        for name in (package(path), "all"):
            counts[name].update({k: v for k, v in file["summary"].items() if isinstance(v, int)})
    lines = ["| package | statements | covered |", "|---|---|---|"]
    for name in sorted(counts, key=lambda name: (name == "all", name)):
        found = counts[name]
        whole = found["num_statements"] + found["num_branches"]
        share = (found["covered_lines"] + found["covered_branches"]) / whole if whole else 1.0
        lines.append(f"| `{name}` | {found['num_statements']} | {share:.0%} |")
    return lines


def package(path: str) -> str:
    """``edgevid.pipeline`` for a file of the runtime, the distribution's package for others."""
    parts = Path(path).parts
    if parts[0] == "edgevid":
        return ".".join(parts[:2]) if len(parts) > 2 else "edgevid"
    return next(part for part in parts if part.startswith("edgevid_"))


if __name__ == "__main__":
    main(*sys.argv[1:])
