"""The documentation is true: the links, commands, parameters, files and code in it exist."""

import argparse
import ast
import importlib
import re
import runpy
import shlex
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from lightweight_openpose.cli.program import COMMANDS, module_of
from lightweight_openpose.cli.training_options import add_config_arguments, changes
from lightweight_openpose.video.images import read_image, write_image
from lightweight_openpose.video.sources import Source

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import prose as prose_lint  # noqa: E402
import readme_table  # noqa: E402

FIGURES = r"\d ?(?:ms|fps|poses/s|GMAC)\b|\bAP \d\d"
PACKAGE = ROOT / "src" / "lightweight_openpose"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "doc").glob("*.md"))]
CARD = ROOT / "models" / "MODEL_CARD.md"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
# The lab names files and commands of the commits of its dates: only its links have to lead somewhere.
ALL_PAGES = [*PAGES, CARD, RESULTS, *sorted((ROOT / "doc" / "lab").glob("*.md"))]
on_every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
on_all_pages = pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)


def blocks(text, language=""):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def prose(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


def spans(text):
    """What stands between backticks in the prose, each on one line."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(text))]


def typed(text):
    """What a reader may type: spans, and the lines of blocks without their comments."""
    lines = [line for block in blocks(text) for line in block.splitlines()]
    return spans(text) + [re.sub(r"\s+#.*", "", line) for line in lines]


def links(text):
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", prose(text)))


def anchors(text):
    """Those that GitHub gives the headings."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.M)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def broken_links(page, text):
    faults = []
    for link in links(text):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.is_file() or (anchor and anchor not in anchors(target.read_text())):
            faults.append(link)
    return faults


def options_of(command):
    parser = argparse.ArgumentParser()
    module_of(command).add_arguments(parser)
    parsers, found = [parser], set()
    for each in parsers:
        for action in each._actions:
            found.update(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):
                parsers += action.choices.values()
    return found


OPTIONS = {command: options_of(command) for command in COMMANDS}


def calls(text):
    """(subcommand, options) of each call of the program `pose`."""
    call = r"(?:\bpose|-m lightweight_openpose) ([a-z]+(?:-[a-z]+)*)\b(.*)"
    for line in typed(text):
        for name, rest in re.findall(call, line):
            yield name, re.findall(r"(?<=\s)--[a-z][a-z-]*", rest)


def unknown_calls(text):
    faults = []
    for name, options in calls(text):
        if name not in COMMANDS:
            faults.append(name)
        else:
            faults += [f"{name} {option}" for option in options if option not in OPTIONS[name]]
    return faults


def unknown_launches(text):
    """Launch files of this package, and arguments of them, that do not exist."""
    faults = []
    for line in typed(text):
        for package, name, rest in re.findall(r"(?:roslaunch (\w+) )?\b(\w+\.launch)\b(.*)", line):
            path = ROOT / "launch" / name
            if package not in ("", "lightweight_openpose"):
                continue
            if not path.exists():
                faults.append(name)
                continue
            known = {arg.get("name") for arg in ElementTree.parse(str(path)).iter("arg")}
            faults += [f"{name} {arg}" for arg in re.findall(r"(\w+):=", rest) if arg not in known]
    return faults


def refused_trainings(text):
    """Why settings of trainings cannot be used; a --set of FIELD=VALUE stands for any."""
    faults = []
    for line in typed(text):
        for name, rest in re.findall(r"\bpose (train|distill|prune)\b(.*--set .*)", line):
            arguments = argparse.ArgumentParser()
            add_config_arguments(arguments, "", "")
            given = arguments.parse_known_args(shlex.split(rest))[0]
            if given.set == ["FIELD=VALUE"]:
                continue
            pytest.importorskip("torch")
            from lightweight_openpose.training.config import read_config

            default = None if name == "train" else f"config/{name}.yaml"
            config = given.config or default
            try:
                read_config(config and str(ROOT / config), changes(given, ()))
            except ValueError as error:
                faults.append(str(error))
    return faults


def missing_files(text):
    """Paths in the repository or the package; names in capitals stand for any name."""
    like_paths = [s for s in spans(text) if re.fullmatch(r"\w+(/\w+)*\.(py|yaml|cfg|html|sh)", s)]
    wanted = [s for s in like_paths if "/" in s and not re.search("[A-Z]{3}", s)]
    return [s for s in wanted if not (ROOT / s).exists() and not (PACKAGE / s).exists()]


def paths_of(entry):
    """The paths in an entry of the navigation of mkdocs.yml."""
    if isinstance(entry, str):
        return [entry]
    return [
        path
        for value in entry.values()
        for e in (value if isinstance(value, list) else [value])
        for path in paths_of(e)
    ]


def missing_imports(block):
    faults = []
    for statement in ast.walk(ast.parse(block)):
        if isinstance(statement, ast.ImportFrom):
            module = importlib.import_module(statement.module)
            faults += [a.name for a in statement.names if not hasattr(module, a.name)]
    return faults


@pytest.mark.parametrize(
    "check", [unknown_calls, unknown_launches, refused_trainings, missing_files]
)
@on_every_page
def test_what_a_page_names_exists(page, check):
    assert check(page.read_text()) == []


@on_all_pages
def test_links_lead_somewhere(page):
    assert broken_links(page, page.read_text()) == []


@on_every_page
def test_python_compiles_and_finds_its_imports(page):
    for block in blocks(page.read_text(), "python"):
        ast.parse(block, page.name)
        assert missing_imports(block) == []


def test_python_of_the_first_page_runs_as_printed(tmp_path, monkeypatch, capsys):
    pytest.importorskip("openvino")
    pytest.importorskip("av")
    (tmp_path / "clip.mp4").symlink_to(ROOT / "samples" / "park.mp4")
    monkeypatch.chdir(tmp_path)
    photo = next(iter(Source("clip.mp4"))).image
    write_image("photo.jpg", photo)
    printed = []
    for number, block in enumerate(blocks((ROOT / "README.md").read_text(), "python")):
        assert len([line for line in block.splitlines() if line.strip()]) <= 6
        script = tmp_path / f"{number}.py"
        script.write_text(block)
        runpy.run_path(str(script))
        printed.append(capsys.readouterr().out)
    changed = np.abs(read_image("people.jpg").astype(int) - photo).max(2) > 60
    assert 0.001 < changed.mean() < 0.2, "nobody was drawn"
    silent, poses, frames = printed
    assert not silent and poses and poses == 2 * poses[: len(poses) // 2]  # one picture twice
    rows = [line.split(" ", 2) for line in frames.splitlines()]
    assert len({float(stamp) for stamp, _, _ in rows}) > 70  # of 75 frames
    assert {int(track_id) for _, track_id, _ in rows} >= {0, 1}
    assert any(head.startswith("(") for _, _, head in rows)


def test_rooms_are_those_of_the_package():
    table = (ROOT / "doc" / "architecture.md").read_text().split("## Packages")[1]
    listed = re.findall(r"^\| `(\w+)` \|", table, re.M)
    there = ["files", "settings", *(path.parent.name for path in PACKAGE.glob("*/__init__.py"))]
    assert sorted(listed) == sorted(there)


def test_every_page_is_linked_from_the_first():
    linked = {(ROOT / link.split("#")[0]).resolve() for link in links(PAGES[0].read_text())}
    assert set(PAGES[1:]) <= linked


def test_figures_are_those_of_the_results():
    source = RESULTS.read_text()
    for page in readme_table.PAGES:
        assert readme_table.filled(page.read_text(), source) == page.read_text(), page.name
        assert readme_table.BLOCK.search(page.read_text()), page.name


def test_check_of_figures_names_stale_pages(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("# A page\n<!-- figures: own -->\nold\n<!-- end -->\n")
    monkeypatch.setattr(readme_table, "ROOT", tmp_path)
    monkeypatch.setattr(readme_table, "PAGES", [page])
    monkeypatch.setattr(sys, "argv", ["readme_table.py", "--check"])
    assert readme_table.main() == 1
    assert capsys.readouterr().out == "page.md has other figures: run tools/readme_table.py\n"
    assert "old" in page.read_text()
    monkeypatch.setattr(sys, "argv", ["readme_table.py"])
    assert readme_table.main() == 0
    assert "old" not in page.read_text() and "| openvino |" in page.read_text()
    monkeypatch.setattr(sys, "argv", ["readme_table.py", "--check"])
    assert readme_table.main() == 0


def test_first_page_has_no_figures_of_its_own():
    text = readme_table.BLOCK.sub("", PAGES[0].read_text())
    assert re.findall(FIGURES, text) == []


@pytest.mark.parametrize("page", PAGES[2:], ids=lambda page: page.name)
def test_figures_stand_next_to_what_measured_them(page):
    assert re.findall(FIGURES, page.read_text()) == []


def test_site_has_every_page():
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    listed = [ROOT / path for group in site["nav"] for path in paths_of(group)]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(ALL_PAGES)


@on_all_pages
def test_prose_has_no_words_of_the_former_dialect(page):
    assert prose_lint.findings(page.read_text(), ".md") == []


def test_lint_of_prose_finds_words():
    page = (
        "A room, roomy, recover\n```\na room\n```\n`room`, [a](room.md)\n"
        "Of six people two are told.\n"
    )
    assert [(line, word.split()[0]) for line, word, _ in prose_lint.findings(page, ".md")] == [
        (1, "room"),
        (6, "Of"),
        (6, "told"),
    ]
    ordinary = (
        "There is room for one, and no room in it.\nJoints change places; two changed places."
    )
    assert prose_lint.findings(ordinary, ".md") == []
    words = prose_lint.findings("The room has places, no room has.", ".md")
    assert [word for _, word, _ in words] == ["places", "room"]
    module = '''"""A room."""
ROOM = "a room"
def f(parser):
    """Is said once."""
    parser.add_argument("--a", help="the least score")
    raise ValueError(f"{parser} was judged")
'''
    words = [(line, word) for line, word, _ in prose_lint.findings(module, ".py")]
    assert words == [(1, "room"), (4, "said"), (5, "least score"), (6, "judged")]


def test_these_checks_find_faults():
    page_links = "[a](doc/none.md) [b](#none) [c](NOTICE) [d](https://example.com)"
    assert broken_links(PAGES[0], page_links) == ["doc/none.md", "#none"]
    assert unknown_calls("`pose dance`, `pose tracks --video a\n--no`") == ["dance", "tracks --no"]
    assert unknown_calls("`pose evaluate-heads --output a --flip`") == ["evaluate-heads --flip"]
    assert unknown_calls("```\npose models fetch --missing   # --none\n```") == []
    launches = "`none.launch`, `camera.launch none:=0 source:=1`, `roslaunch other x.launch y:=1`"
    assert unknown_launches(launches) == ["none.launch", "camera.launch none"]
    student = "`pose train --labels a.json --set architecture=student-small --set"
    assert len(refused_trainings(f"{student} loss=relative`")) == 1
    assert refused_trainings(f"{student} augmentation.size=352`") == []
    assert missing_files("`zoo/none.py`, `zoo/catalogue.py`, `ros/NODE.py`") == ["zoo/none.py"]
    assert missing_imports("from lightweight_openpose.poses import Pose, none") == ["none"]
    assert sum(len(list(calls(page.read_text()))) for page in PAGES) > 30
