"""Checkpoints of a run: written whole or not at all, the last few and the best kept."""
from __future__ import annotations

import os
import re
from pathlib import Path
from typing import List, Optional, Tuple

import torch

_NAME = re.compile(r"checkpoint_iter_(\d+)\.pth")


class CheckpointFolder:
    """keep: how many of the last checkpoints stay; the best by AP is a file of its own, best.pth."""

    def __init__(self, folder, keep: int = 3):
        self.folder, self._keep = Path(folder), keep

    def save(self, iteration: int, content: dict) -> Path:
        """Write checkpoint_iter_<iteration>.pth and remove those too many."""
        path = write_whole(self.folder / f"checkpoint_iter_{iteration}.pth", content)
        for _, old in self._all()[:-self._keep]:
            old.unlink()
        return path

    def save_best(self, content: dict) -> Path:
        return write_whole(self.folder / "best.pth", content)

    def last(self) -> Optional[Path]:
        """Newest checkpoint, None without one."""
        found = self._all()
        return found[-1][1] if found else None

    def _all(self) -> List[Tuple[int, Path]]:
        paths = [(_NAME.fullmatch(p.name), p) for p in self.folder.glob("checkpoint_iter_*.pth")]
        return sorted((int(match.group(1)), path) for match, path in paths if match)


def write_whole(path: Path, content: dict) -> Path:
    """torch.save that replaces the target in one move, so that a kill at any moment leaves the old or the new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(str(partial), "wb") as stream:
            torch.save(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(str(partial), str(path))
    finally:
        if partial.exists():
            partial.unlink()
    return path
