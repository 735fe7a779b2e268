"""Checkpoints of a run: written whole or not at all, the last few and the best kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, Optional, Tuple, Union

from lightweight_openpose.files import remove_left
from lightweight_openpose.networks.checkpoint import write_checkpoint

_NAME = re.compile(r"checkpoint_iter_(\d+)\.pth")


class CheckpointFolder:
    """Checkpoints of one run.

    keep: how many of the last ones stay; the best by AP is a file of its own, best.pth.
    """

    def __init__(self, folder: Union[str, Path], keep: int = 3):
        self.folder = Path(folder)
        self._keep = keep

    def save(self, iteration: int, content: dict) -> Path:
        """Write checkpoint_iter_<iteration>.pth and remove those too many."""
        path = write_checkpoint(self.folder / f"checkpoint_iter_{iteration}.pth", content)
        for _, old in self._all()[: -self._keep]:
            old.unlink()
        remove_left(self.folder, ".pth")
        return path

    def save_best(self, content: dict) -> Path:
        """Write best.pth in place of the one before."""
        return write_checkpoint(self.folder / "best.pth", content)

    def last(self) -> Optional[Path]:
        """Newest checkpoint, None without one."""
        found = self._all()
        return found[-1][1] if found else None

    def _all(self) -> List[Tuple[int, Path]]:
        paths = [(_NAME.fullmatch(p.name), p) for p in self.folder.glob("checkpoint_iter_*.pth")]
        return sorted((int(match.group(1)), path) for match, path in paths if match)
