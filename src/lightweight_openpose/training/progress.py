"""What a person sees of a run: a bar, a table of losses, TensorBoard, pictures."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Dict, List, Optional, Union

import numpy as np
from tqdm import tqdm

from lightweight_openpose.video import write_image

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

EVERY = 10  # iterations per line of the table


class Progress:
    """Writes losses.csv and pictures/ into the folder of a run.

    And tensorboard/, where tensorboard is installed.
    """

    def __init__(self, folder: Union[str, Path], quiet: bool = False):
        self._folder = Path(folder)
        self._quiet = quiet
        self._bar: tqdm
        self._board: Optional[SummaryWriter] = None
        self._rows: List[np.ndarray] = []

    def bar(self, start: int, end: int, name: str) -> tqdm:
        """The progress bar, as a context; opens the logs."""
        if not self._quiet:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._board = _tensorboard(self._folder / "tensorboard")
        self._iteration = start
        self._bar = tqdm(
            total=end,
            initial=start,
            desc=name,
            unit="it",
            disable=self._quiet,
            dynamic_ncols=True,
            mininterval=0.2 if sys.stderr.isatty() else 15,  # a log file wants few lines
        )
        return self._bar

    def add(
        self,
        losses: List[float],
        samples: int,
        waited: float,
        seconds: float,
        learning_rate: float,
    ) -> None:
        """One iteration: loss per stage, samples, seconds waited for data and in all."""
        self._iteration += 1
        self._rows.append(np.array([samples, waited, seconds, learning_rate, *losses]))
        self._bar.update(1)
        if self._iteration % EVERY == 0:
            self._report()

    def _report(self) -> None:
        table = np.array(self._rows)
        self._rows = []
        if self._quiet:
            return
        samples, waited, seconds = table[:, :3].sum(0)
        losses = table[:, 4:].mean(0)
        row = {
            "iteration": self._iteration,
            "samples_per_s": samples / seconds,
            "waiting_for_data": waited / seconds,
            "rate": table[-1, 3],
            **{f"loss_{i}": v for i, v in enumerate(losses)},
        }
        self._bar.set_postfix_str(
            f"loss {' '.join(f'{v:.4g}' for v in losses)}, {row['samples_per_s']:.1f} samples/s, "
            f"{row['waiting_for_data']:.0%} waiting for data"
        )
        self._write(row)

    def _write(self, row: Dict[str, float]) -> None:
        path = self._folder / "losses.csv"
        new = not path.exists()
        with open(str(path), "a", newline="") as stream:
            writer = csv.DictWriter(stream, row)
            if new:
                writer.writeheader()
            writer.writerow({k: f"{v:.6g}" for k, v in row.items()})
        if self._board is not None:
            for name, value in row.items():
                if name != "iteration":
                    self._board.add_scalar(name, value, self._iteration)

    def validated(self, name: str, score: float, iteration: int) -> None:
        """Show a score in [0, 1], such as AP."""
        self._bar.write(f"iteration {iteration}: {name} {score:.3f}")
        if self._board is not None:
            self._board.add_scalar(name, score, iteration)

    def picture(self, picture: np.ndarray, iteration: int) -> None:
        """Keep a picture of some samples."""
        if not self._quiet:
            write_image(self._folder / "pictures" / f"iter_{iteration}.jpg", picture)

    def close(self) -> None:
        """Finish TensorBoard's log."""
        if self._board is not None:
            self._board.close()
            self._board = None


def _tensorboard(folder: Path) -> Optional[SummaryWriter]:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))
