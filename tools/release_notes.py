#!/usr/bin/env python3
"""Prints what CHANGELOG.rst says of a release, as Markdown: release_notes.py TAG.

Ends with an error where TAG is not the version of package.xml, CITATION.cff and the changelog.
"""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]


def versions():
    """{file: version} of the files that name one."""
    changelog = re.search(r"^(\d+\.\d+\.\d+) \(", (ROOT / "CHANGELOG.rst").read_text(), re.M)
    citation = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.M)
    return {
        "package.xml": ElementTree.parse(str(ROOT / "package.xml")).findtext("version"),
        "CHANGELOG.rst": changelog and changelog.group(1),
        "CITATION.cff": citation and citation.group(1),
    }


def table(rst):
    """Rows of a list-table as those of a Markdown table, the first being its heading."""
    rows = re.findall(r"^ +\* - (.*(?:\n +- .*)*)", rst, re.M)
    cells = [re.split(r"\n +- ", row) for row in rows]
    ruled = cells[:1] + [["---"] * len(cells[0])] + cells[1:]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def notes(changelog, version):
    """The section of a version in Markdown."""
    section = re.search(
        rf"^{re.escape(version)} \(.*\)\n-+\n(.*?)(?=^\d+\.\d+\.\d+ \(|\Z)", changelog, re.M | re.S
    ).group(1)
    prose, directive, rows = section.partition(".. list-table::")
    # A line break of the source is one of the page in GitHub's releases.
    joined = re.sub(r"(?<=\S)\n {0,2}(?=[^\s*])", " ", prose).replace("``", "`")
    return joined.strip() + (f"\n\n{table(rows)}".replace("``", "`") if directive else "") + "\n"


def main(tag):
    """Checks the tag and prints the notes."""
    for name, version in versions().items():
        if version != tag:
            sys.exit(f"the tag is {tag}, but {name} has version {version}")
    sys.stdout.write(notes((ROOT / "CHANGELOG.rst").read_text(), tag))


if __name__ == "__main__":
    main(*sys.argv[1:])
