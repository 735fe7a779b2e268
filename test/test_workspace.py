"""The package's own workspace: the commands that its messages print are there, and in what it
installs.
"""

import os
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
        return subprocess.run(
            command,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    return run


def test_the_command_that_a_missing_model_names_starts(rosrun, monkeypatch, tmp_path):
    monkeypatch.setenv("LIGHTWEIGHT_OPENPOSE_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelNotFound) as error:
        resolve("lightweight-openpose")
    command = re.search(r"run: (pose models fetch) ", str(error.value)).group(1)
    result = subprocess.run(
        ["bash", "-c", f". {WORKSPACE}; {command} nonsense"],
        env=BARE,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert result.returncode == 1 and "known names" in result.stdout, result.stdout


def test_pose_is_on_the_path_of_the_sourced_workspace(rosrun):
    script = f". {WORKSPACE}; command -v pose; pose --version"
    said = subprocess.run(
        ["bash", "-c", script],
        env=BARE,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout.splitlines()
    assert said[0] == str(WORKSPACE.parent / "bin" / "pose")
    assert said[1].startswith("lightweight_openpose ")


SCRIPTS = sorted(p.name for p in (ROOT / "scripts").iterdir() if p.is_file())


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_executable_is_found_once(rosrun, script):
    result = rosrun(f"--prefix echo lightweight_openpose {script}")
    assert result.returncode == 0 and "non-unique" not in result.stdout, result.stdout
    assert result.stdout.strip().endswith("/" + script)


BARE = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere"}  # no workspace is sourced


@pytest.fixture(scope="module")
def install_space(tmp_path_factory):
    """Where `catkin_make install` puts the workspace; its own folders are left alone."""
    if not shutil.which("catkin_make") or not WORKSPACE.exists():
        pytest.skip("no catkin, or the workspace is not built")
    folder = tmp_path_factory.mktemp("space")
    places = [f"-DCATKIN_DEVEL_PREFIX={folder}/devel", f"-DCMAKE_INSTALL_PREFIX={folder}/install"]
    python = [f"-D{name}_EXECUTABLE={ROOT}/.venv/bin/python" for name in ("PYTHON", "Python")]
    environment = dict(BARE, PATH=os.environ["PATH"])
    for name in ("ROS_PACKAGE_PATH", "CMAKE_PREFIX_PATH", "PYTHONPATH"):  # of Noetic, not of .ws
        value = [part for part in os.environ.get(name, "").split(":") if str(ROOT) not in part]
        environment[name] = ":".join(value)
    command = ["catkin_make", "--build", str(folder / "build"), *places, *python, "install"]
    result = subprocess.run(
        command,
        cwd=str(ROOT / ".ws"),
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert result.returncode == 0, result.stdout[-3000:]
    return folder / "install"


def in_space(space, command):
    """Output of a shell command where only the install space is sourced."""
    return subprocess.run(
        ["bash", "-c", f". {space}/setup.bash; {command}"],
        env=BARE,
        text=True,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout


def test_the_install_space_has_what_a_robot_needs_and_no_tests(install_space):
    share = install_space / "share" / "lightweight_openpose"
    for name in (
        "LICENSE",
        "NOTICE",
        "package.xml",
        "launch/people.launch",
        "web/index.html",
        "config/skeletons/submarine.yaml",
        "models/own.pth",
        "msg/HumanPose.msg",
    ):
        assert (share / name).is_file(), name
    everything = list(install_space.rglob("*"))
    assert not [path for path in everything if path.is_symlink()]
    assert not [path for path in everything if path.name.startswith("test_")]


def test_rosrun_and_roslaunch_find_what_is_installed(install_space):
    lib = install_space / "lib" / "lightweight_openpose"
    assert sorted(path.name for path in lib.iterdir()) == SCRIPTS
    for command in ("rosrun lightweight_openpose pose", "pose"):
        printed = in_space(install_space, f"{command} --version")
        assert printed.startswith("lightweight_openpose "), printed
    files = in_space(install_space, "roslaunch --files lightweight_openpose people.launch")
    assert str(install_space / "share/lightweight_openpose/launch/visualizer.launch") in files
    where = "import lightweight_openpose.msg as m; print(m.HumanPose.NOSE, m.__file__)"
    assert str(install_space) in in_space(install_space, f"python3 -c '{where}'")


def test_the_install_space_has_the_front_door_beside_the_messages(install_space):
    code = (
        "import sys, lightweight_openpose as lop, lightweight_openpose.msg as m; "
        "print('cv2' in sys.modules, m.HumanPose.NOSE, lop.PoseEstimator.__name__, "
        "lop.__version__, lop.__file__)"
    )
    printed = in_space(install_space, f'python3 -c "{code}"').split()
    assert printed[:3] == ["False", "0", "PoseEstimator"], printed
    assert printed[4].startswith(str(install_space)) and Path(printed[4]).name == "__init__.py"
    assert Path(printed[4]).with_name("py.typed").is_file()
