"""Another commit of this repository beside this tree, for benchmarks that compare with it."""

import contextlib
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

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
