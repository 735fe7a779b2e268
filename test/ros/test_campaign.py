"""A short form of the campaign of faults, with real nodes; needs ROS."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
ROOT = Path(__file__).resolve().parents[2]
HARMS = (
    "SIGKILL",
    "camera-server-gone",
    "encodings",
    "stamps-back",
    "200-fps",
    "silent-connections",
    "head_orientation",
)


@pytest.mark.skipif(shutil.which("roscore") is None, reason="no roscore")
def test_after_harm_poses_flow_again_and_every_frame_has_an_account():
    command = (sys.executable, str(ROOT / "test" / "campaign" / "faults.py"), "--port", "11397")
    short = ("--trials", "1", "--pause", "1", "--only", *HARMS)
    run = subprocess.run(
        [*command, *short],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=300,
        env=dict(os.environ, PYTHONWARNINGS="ignore"),
    )
    table = run.stdout.decode()
    assert run.returncode == 0, table + run.stderr.decode()[-2000:]
    assert table.count("| yes |") == len(HARMS) + 2  # of a node: messages, SIGSTOP and SIGKILL
