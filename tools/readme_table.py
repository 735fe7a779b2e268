#!/usr/bin/env python3
"""Write the figures of README.md and of the model card, which are those of benchmarks/RESULTS.md.

Between the lines `<!-- figures: NAME -->` and `<!-- end -->` of a page stands a table that is made
from the tables of RESULTS. With --check nothing is written, and the exit status is 1 where a page
has other figures.
"""

import argparse
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "benchmarks" / "RESULTS.md"
PAGES = [ROOT / "README.md", ROOT / "models" / "MODEL_CARD.md"]
BLOCK = re.compile(r"(<!-- figures: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.S)
SPEED, ALL_RUNTIMES = "VNNI, ms", "runtime"  # columns that tell the tables of networks apart


def tables(text, heading):
    """The tables below a heading of the second level, each a list of {column: cell}."""
    section = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.M | re.S)
    if not section:
        raise ValueError(f"RESULTS.md has no heading '{heading}'")
    found = []
    for block in re.findall(r"(?:^\|.*\n?)+", section.group(1), re.M):
        lines = [[c.strip() for c in line.strip("|").split("|")] for line in block.splitlines()]
        found.append([dict(zip(lines[0], cells)) for cells in lines[2:]])
    return found


def with_column(text, heading, column):
    """The table below a heading that has the column."""
    for rows in tables(text, heading):
        if column in rows[0]:
            return rows
    raise ValueError(f"no table below '{heading}' has the column '{column}'")


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def speed_and_accuracy(results):
    """The first table of the README: each network in OpenVINO, and the default in the node."""
    accuracy = [
        row
        for row in with_column(results, "Networks", ALL_RUNTIMES)
        if row["runtime"] == "openvino"
    ]
    speed = {row["network"]: row for row in with_column(results, "Networks", SPEED)}
    rows = []
    for row in accuracy:
        name = row["network"]
        label = f"**{name}** (default)" if name == "own, INT8" else name
        fast = speed[name]
        rows.append(
            [
                label,
                row["AP at 368"],
                row["AP at 256"] or "not measured",
                fast[SPEED],
                fast["times as fast"],
            ]
        )
    rows.sort(key=lambda cells: -float(cells[1]))
    header = ["network", "COCO AP, height 368", "height 256", "network, ms", "times as fast"]
    cpu = re.search(r"^CPU: (.*)\.$", results, re.M).group(1)
    default = {row["figure"]: row["value"] for row in with_column(results, "The default", "figure")}
    rate = default["images answered in a second: 1280x720, a street with five people"]
    regions = default["the same with `~regions`: two people before a still camera"]
    bare = default["the bare network in that run"]
    text = (
        f"In OpenVINO on {cpu}: the network alone at 256x456, and how many times as fast as "
        f"Lightweight OpenPose. In a run in which own alone takes {bare}, the ROS node answers {rate} "
        f"images of 1280x720 with five people in a second, and {regions} with two people where it "
        "sees [parts of images](doc/robots.md#parts-of-images). Conditions and commands: "
        "[benchmarks/RESULTS.md](benchmarks/RESULTS.md)."
    )
    return f"{table(header, rows)}\n{textwrap.fill(text, 100, break_long_words=False)}\n"


def accuracy_of(name):
    """A function that makes the table of one network in all runtimes."""

    def made(text):
        rows = with_column(text, "Networks", ALL_RUNTIMES)
        rows = [row for row in rows if row["network"].split(",")[0] == name]
        columns = [column for column in rows[0] if column != "network"]
        return table(columns, [[row[column] for column in columns] for row in rows])

    return made


MAKERS = {
    "speed-and-accuracy": speed_and_accuracy,
    "own": accuracy_of("own"),
    "own-fast": accuracy_of("own-fast"),
}


def filled(page, source):
    """The text of a page with its figures taken from the text of RESULTS."""
    return BLOCK.sub(lambda m: m.group(1) + MAKERS[m.group(2)](source) + m.group(4), page)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 on other figures"
    )
    check = parser.parse_args().check
    source = SOURCE.read_text(encoding="utf-8")
    stale = 0
    for path in PAGES:
        page = path.read_text(encoding="utf-8")
        if filled(page, source) == page:
            continue
        stale += 1
        if check:
            print(f"{path.relative_to(ROOT)} has other figures: run tools/readme_table.py")
        else:
            path.write_text(filled(page, source), encoding="utf-8")
    return int(bool(check and stale))


if __name__ == "__main__":
    sys.exit(main())
