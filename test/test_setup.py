"""tools/setup.sh where something that it needs is missing."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(function, arguments, **environment):
    """A function of the script, alone."""
    script = (ROOT / "tools" / "setup.sh").read_text()
    text = script[script.index(f"{function}() {{") :].split("\n}\n")[0] + "\n}\n"
    return subprocess.run(
        ["/bin/bash", "-c", f"{text}{function} {arguments}"],
        env=dict(os.environ, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )


def test_a_user_without_sudo_is_told_to_be_root(tmp_path):
    program = tmp_path / "id"
    program.write_text("#!/bin/sh\necho 1000\n")
    program.chmod(0o755)
    result = run("as_root", "echo installed", PATH=str(tmp_path))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "setup: sudo is not installed: run this as root\n"


@pytest.mark.skipif(Path("/opt/ros/noetic").exists(), reason="ROS Noetic is there on any system")
@pytest.mark.parametrize(
    "lines, known",
    [
        ("ID=debian\nVERSION_ID=13", True),
        ('ID=debian\nVERSION_ID="12"', True),
        ("ID=debian\nVERSION_ID=11", True),
        ("ID=raspbian\nVERSION_ID=12", True),
        ('ID=ubuntu\nVERSION_ID="22.04"', True),
        ('ID=ubuntu\nVERSION_ID="24.04"', False),
        ('ID=ubuntu\nVERSION_ID="20.04"', False),
        ("ID=debian", False),
        ("ID=fedora\nVERSION_ID=43", False),
    ],
)
def test_a_system_without_ros_1_is_refused_at_once(tmp_path, lines, known):
    (tmp_path / "os-release").write_text(lines + "\n")
    result = run("known_system", tmp_path / "os-release")
    assert result.returncode == (0 if known else 1)
    if not known:
        (line,) = result.stderr.splitlines()
        assert line.startswith("setup: ") and "has no ROS 1: take Debian 11, 12 or 13" in line
        assert "doc/docker.md" in line
