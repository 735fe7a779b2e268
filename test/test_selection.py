"""Which tests a plain pytest and its markers take, without a workspace that is sourced."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WITHOUT_ROS = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def collected(*arguments):
    """What pytest prints when it collects, without the environment of a workspace."""
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        [*command, "--collect-only"],
        cwd=str(ROOT),
        env=WITHOUT_ROS,
        universal_newlines=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.slow
def test_what_needs_ros_is_skipped_by_name():
    run = collected("test/ros", "test/training/test_adaptation.py")
    assert run.returncode == 5, run.stdout  # no test was collected, and none was an error
    skipped = dict(re.findall(r"^SKIPPED \[1\] \S+: (\S+) (.*)$", run.stdout, re.M))
    files = [p for p in (ROOT / "test" / "ros").rglob("test_*.py")]
    files.append(ROOT / "test" / "training" / "test_adaptation.py")
    assert {str(ROOT / name) for name in skipped} == {str(p) for p in files}
    for name, reason in skipped.items():
        node = re.match(r"test/ros/nodes/test_(\w+)\.py", name)
        if node:
            assert reason == f"is run by: rostest lightweight_openpose {node.group(1)}.test"
        else:
            assert re.match("needs (ROS|the catkin workspace), which is not sourced", reason)


@pytest.mark.slow
def test_markers_are_set_by_what_a_test_is_about():
    names = ("test_docs.py", "test_security.py", "test_demo.py", "video/test_controls.py")
    files = [f"test/{name}" for name in names]
    found = {marker: collected("-m", marker, *files).stdout for marker in ("lint", "slow", "ros")}
    assert "test_docs.py::test_these_checks_find_faults" in found["lint"]
    assert "test_security.py::test_every_dependency_has_an_upper_bound[" in found["lint"]
    assert "test_a_token" not in found["lint"] and "test_controls.py::" not in found["lint"]
    assert "test_demo.py::test_a_short_clip_beside_another_master" in found["slow"]
    assert "test_controls.py::" not in found["slow"]
    assert "test_demo.py::test_a_node_that_crashed_is_the_reason" in found["ros"]
    assert "test_controls.py::" not in found["ros"]


def test_what_is_listed_as_slow_is_there():
    for entry in (ROOT / "test" / "slow_tests.txt").read_text().split():
        name, _, function = entry.partition("::")
        path = ROOT / "test" / name
        assert path.exists(), entry
        assert not function or f"\ndef {function}(" in path.read_text(), entry


def test_every_rostest_is_built_and_has_its_script():
    nodes = ROOT / "test" / "ros" / "nodes"
    listed = (
        re.search(
            r"foreach\(name ([\w ]+)\)\s*# What catkin_install_python",
            (ROOT / "CMakeLists.txt").read_text(),
        )
        .group(1)
        .split()
    )
    assert sorted(listed) == sorted(path.stem for path in nodes.glob("*.test"))
    assert {f"test_{name}.py" for name in listed} == {p.name for p in nodes.glob("test_*.py")}
