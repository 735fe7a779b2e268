"""The package's own workspace: the commands that its messages print are there."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lightweight_openpose.zoo.catalogue import ModelNotFound, resolve

ROOT = Path(__file__).resolve().parents[1]
WORKSPACE = ROOT / ".ws" / "devel" / "setup.bash"


@pytest.fixture
def rosrun():
    """rosrun(arguments) in the package's own workspace."""
    if not shutil.which("rosrun") or not WORKSPACE.exists():
        pytest.skip("no ROS, or the workspace is not built")

    def run(arguments):
        command = ["bash", "-c", f". {WORKSPACE}; rosrun {arguments}"]
        return subprocess.run(command, text=True, timeout=60, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run


def test_the_command_that_a_missing_model_names_starts(rosrun, monkeypatch, tmp_path):
    monkeypatch.setenv("LIGHTWEIGHT_OPENPOSE_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelNotFound) as error:
        resolve("lightweight-openpose")
    said = re.search(r"rosrun (lightweight_openpose pose models fetch) ", str(error.value))
    command = said.group(1)
    result = rosrun(command + " nonsense")
    assert result.returncode == 1 and "known names" in result.stdout, result.stdout


SCRIPTS = sorted(p.name for p in (ROOT / "scripts").iterdir() if p.is_file())


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_executable_is_found_once(rosrun, script):
    result = rosrun(f"--prefix echo lightweight_openpose {script}")
    assert result.returncode == 0 and "non-unique" not in result.stdout, result.stdout
    assert result.stdout.strip().endswith("/" + script)
