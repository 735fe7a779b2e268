"""`pose check` tells what is here, whatever is missing or broken."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lightweight_openpose.backends.runtimes import RUNTIMES
from lightweight_openpose.cli import check
from lightweight_openpose.cli.program import main

ROOT = Path(__file__).resolve().parents[2]
WITHOUT = """
import sys
for name in {names}: sys.modules[name] = None
from lightweight_openpose.cli.program import main
sys.exit(main(["check"]))
"""


def checked(capsys):
    """Exit status, and the rows by name: (ok or --, what was found)."""
    status = main(["check"])
    rows = {}
    for line in capsys.readouterr().out.splitlines():
        rows[line[4:].split("  ")[0]] = line[:2], line[4:].split("  ", 1)[1].strip()
    return status, rows


def test_what_is_there_is_named(capsys):
    status, rows = checked(capsys)
    assert rows["Python"][1].startswith(".".join(map(str, sys.version_info[:3])))
    assert {f"runtime {name}" for name in RUNTIMES} <= rows.keys()
    assert rows["model own (default)"][0] == "ok"
    assert status == (0 if rows["poses can be found"][0] == "ok" else 1)
    assert status == 1 or rows["poses can be found"][1].endswith(("int8", "f32", "as made"))
    assert "--precision auto takes" in rows["bfloat16 of the processor"][1]
    for name in ("lightweight_openpose", "NumPy", "OpenCV"):
        assert rows[name][0] == "ok"


def test_without_a_runtime_or_ros_it_tells_so_and_fails():
    optional = [r.package for r in RUNTIMES.values() if r.package != "cv2"]
    code = WITHOUT.format(names=[*optional, "rospy"])
    result = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"]},
    )
    assert result.returncode == 1 and result.stderr == "", result.stderr
    assert result.stdout.count("not installed") == len(optional)
    last = result.stdout.splitlines()[-1]
    assert last.startswith("--  poses can be found") and "pip install" in last
    assert "source the setup.bash of ROS" in result.stdout


def test_without_a_model_it_fails(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("lightweight_openpose.zoo.catalogue.search_folders", lambda: [tmp_path])
    status, rows = checked(capsys)
    assert status == 1
    assert rows["model own (default)"] == ("--", "not on this machine: pose models fetch own")
    assert "is not on this machine" in rows["poses can be found"][1]


def test_what_is_broken_is_a_row_and_no_crash(monkeypatch, capsys):
    def broken(*_):
        raise RuntimeError("of the\ndriver")

    for name in ("_cameras", "_ros", "devices_of"):
        monkeypatch.setattr(check, name, broken)
    status, rows = checked(capsys)
    assert rows["cameras"] == rows["ros"] == ("--", "RuntimeError: of the driver")
    assert status == 1


def test_cameras_that_may_not_be_opened(monkeypatch, capsys):
    monkeypatch.setattr(Path, "glob", lambda *_: [Path("/dev/video0"), Path("/dev/video2")])
    monkeypatch.setattr(os, "access", lambda path, _: path == "/dev/video0")
    rows = list(check._cameras())
    assert [(row.what, row.good) for row in rows] == [
        ("camera /dev/video0", True),
        ("camera /dev/video2", False),
    ]
    assert "usermod -aG video" in rows[1].found


@pytest.mark.parametrize("uri", ["", "nonsense", "http://localhost:9", "http://localhost:banana"])
def test_a_master_that_is_not_there(uri):
    assert not check._answers(uri)
