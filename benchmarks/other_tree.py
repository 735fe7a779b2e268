"""Another commit of this repository beside this tree, for benchmarks that compare with it."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterator

ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Folder with the files of a commit, which goes when the context ends.

    Ends the program in one line where git knows no such commit.
    """
    worktree = ["git", "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder, "tree")
        add = [*worktree, "add", "--quiet", "--detach", str(other), commit]
        if subprocess.run(add, cwd=ROOT).returncode:
            raise SystemExit(f"{commit} cannot be checked out; name a commit that git log shows")
        try:
            yield other
        finally:
            subprocess.run([*worktree, "remove", "--force", str(other)], cwd=ROOT, check=True)


def built(tree: Path) -> Dict[str, str]:
    """Builds a catkin workspace of a tree beside it, with this Python; the environment of nodes."""
    workspace = tree.parent / "ws"
    (workspace / "src").mkdir(parents=True)
    (workspace / "src" / "lightweight_openpose").symlink_to(tree)
    python = [f"-D{name}={sys.executable}" for name in ("PYTHON_EXECUTABLE", "Python_EXECUTABLE")]
    make = ["catkin_make", *python, "-DCMAKE_BUILD_TYPE=Release"]
    environment = dict(_clean(), PWD=str(workspace))  # which catkin_make believes
    subprocess.run(make, cwd=workspace, env=environment, check=True, stdout=subprocess.DEVNULL)
    return sourced(workspace)


def sourced(workspace: Path) -> Dict[str, str]:
    """The environment after a built workspace was sourced."""
    script = 'for p in /opt/ros/noetic/setup.bash "$0"; do [ ! -f "$p" ] || . "$p"; done; env -0'
    setup = workspace / "devel" / "setup.bash"
    done = subprocess.run(
        ["bash", "-c", script, str(setup)], env=_clean(), check=True, stdout=subprocess.PIPE
    )
    return dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if "=" in line)


def _clean() -> Dict[str, str]:
    """This environment without what a sourced workspace adds."""
    added = "PYTHONPATH", "CMAKE_PREFIX_PATH", "ROS_PACKAGE_PATH"
    return {key: value for key, value in os.environ.items() if key not in added}
