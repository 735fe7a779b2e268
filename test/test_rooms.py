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
    tree = ast.parse(source)
    for_types = {id(n) for block in tree.body if _is_for_types(block) for n in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue  # no Python runs it
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level == 0 and (node.module or "").startswith("lightweight_openpose."):
            wrong += [f"line {node.lineno}: {text}" for text in _across(node, room, here)]
    return wrong


def _is_for_types(statement):
    return isinstance(statement, ast.If) and getattr(statement.test, "id", "") == "TYPE_CHECKING"


def _across(node, room, here):
    parts = node.module.split(".")[1:]
    if parts[0] in GENERATED:
        if room != "ros":
            yield f"{room} imports messages of ROS"
    elif parts[0] != room:
        if room in ROOMS and ROOMS.index(parts[0]) >= ROOMS.index(room):
            yield f"{room} imports from {parts[0]}, which comes after it"
    elif room != "ros" or parts[1] == here.split("/")[1]:
        yield "a module of the same room is imported by .name"
    elif INSIDE_ROS.index(parts[1]) >= INSIDE_ROS.index(here.split("/")[1]):
        yield f"ros.{here.split('/')[1]} imports from ros.{parts[1]}, which comes after it"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_import_climbs(path):
    here = path.relative_to(PACKAGE).as_posix()
    if here in ("__main__.py", "__init__.py"):
        return  # the one starts the last room, the other loads each at its first use
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


def test_an_import_for_types_alone_may_climb():
    line = "if TYPE_CHECKING:\n    from lightweight_openpose.geometry.camera import Camera"
    assert climbs(line, "poses/people.py") == []


def test_nothing_lies_flat():
    flat = sorted(p.name for p in PACKAGE.glob("*.py"))
    assert flat == ["__init__.py", "__main__.py", "files.py"]
    folders = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == set(ROOMS) - {"files"}
    assert {p.parent.name for p in PACKAGE.glob("ros/*/__init__.py")} == set(INSIDE_ROS)


def test_the_root_loads_nothing():
    """`import lightweight_openpose.msg` runs it, in every node of everybody."""
    statements = ast.parse((PACKAGE / "__init__.py").read_text()).body
    imports = [s for s in statements if isinstance(s, (ast.Import, ast.ImportFrom))]
    assert [s.module for s in imports] == ["importlib", "typing"]


def test_one_method_alone_goes_through_the_front_door():
    """A picture of People is drawn by a room further down; the command line is the last one."""
    through = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES[1:]  # whose docstring says how it is used
        if re.search(r"^ *(import|from) lightweight_openpose( |$)", path.read_text(), re.M)
    }
    assert through == {"poses/people.py"}


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"][1:], ids=str)
def test_each_room_says_what_lives_there(path):
    sentence = ast.get_docstring(ast.parse(path.read_text()))
    assert sentence and len(sentence) > 20 and sentence.split("\n\n")[0].endswith(".")


def test_tests_mirror_the_rooms():
    folders = {p.name for p in (ROOT / "test").iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders <= set(ROOMS)
