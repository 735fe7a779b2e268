"""The rooms of the package: nothing lies flat, no import climbs, each says what lives there.

Dots that lead out of a room are the linter's (TID252).
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "lightweight_openpose"
GENERATED = ("msg", "srv", "cfg")  # by catkin, for ros alone
INSIDE_ROS = ["messages", "plumbing", "bags", "nodes"]
TABLE = (ROOT / "doc" / "architecture.md").read_text()
ROOMS = re.findall(r"^\| `(\w+)` \| ", TABLE.split("\n## Rooms\n")[1].split("\n## ")[0], re.M)
FILES = sorted(PACKAGE.rglob("*.py"))
IDS = [str(path.relative_to(PACKAGE)) for path in FILES]


def climbs(source: str, here: str):
    """What is wrong with the imports of a module, given its place such as "ros/nodes/camera.py"."""
    room, wrong = here.split("/")[0], []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level == 0 and (node.module or "").startswith("lightweight_openpose."):
            wrong += [f"line {node.lineno}: {text}" for text in _across(node, room, here)]
    return wrong


def _across(node, room, here):
    parts = node.module.split(".")[1:]
    if parts[0] in GENERATED:
        if room != "ros":
            yield f"{room} imports messages of ROS"
    elif parts[0] != room:
        if room in ROOMS and ROOMS.index(parts[0]) >= ROOMS.index(room):
            yield f"{room} imports from {parts[0]}, which comes after it"
    elif room != "ros":
        folder = here.split("/")[1:-1]  # of the room, which imports from beside it
        if not folder or parts[1 : len(folder) + 1] == folder:
            yield "a module of the same room is imported by .name"
    elif parts[1] == here.split("/")[1]:
        yield "a module of the same room is imported by .name"
    elif INSIDE_ROS.index(parts[1]) >= INSIDE_ROS.index(here.split("/")[1]):
        yield f"ros.{here.split('/')[1]} imports from ros.{parts[1]}, which comes after it"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_import_climbs(path):
    here = path.relative_to(PACKAGE).as_posix()
    if here == "__main__.py":
        return  # starts the last room
    assert climbs(path.read_text(), here) == []


@pytest.mark.parametrize(
    "line, here, said",
    [
        ("from lightweight_openpose.cli.program import main", "poses/oks.py", "comes after"),
        ("from lightweight_openpose.poses.oks import oks", "poses/pose.py", "by .name"),
        (
            "from lightweight_openpose.ros.nodes.camera import main",
            "ros/messages/a.py",
            "comes after",
        ),
        ("from lightweight_openpose.msg import HumanPose", "geometry/head.py", "messages of ROS"),
        ("def f():\n    from lightweight_openpose.cli import program", "zoo/a.py", "comes after"),
    ],
)
def test_an_import_that_climbs_is_seen(line, here, said):
    (found,) = climbs(line, here)
    assert said in found


def test_nothing_lies_flat():
    flat = sorted(p.name for p in PACKAGE.glob("*.py"))
    assert flat == ["__init__.py", "__main__.py", "files.py"]
    folders = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == set(ROOMS) - {"files"}
    assert {p.parent.name for p in PACKAGE.glob("ros/*/__init__.py")} == set(INSIDE_ROS)


def test_the_root_is_empty():
    """`import lightweight_openpose.msg` runs it, in every node of everybody."""
    assert (PACKAGE / "__init__.py").read_text().strip() == ""


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"][1:], ids=str)
def test_each_room_says_what_lives_there(path):
    sentence = ast.get_docstring(ast.parse(path.read_text()))
    assert sentence and len(sentence) > 20 and sentence.split("\n\n")[0].endswith(".")


def test_tests_mirror_the_rooms():
    folders = {p.name for p in (ROOT / "test").iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders <= set(ROOMS)
