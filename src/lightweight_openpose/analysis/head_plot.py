"""A picture of the errors of head angles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lightweight_openpose.files import replacing

from .head_errors import HeadErrors
from .head_labels import ANGLES
from .plots import empty_figure

_COLORS = {"face": "C0", "joints": "C1"}


def figure(errors: HeadErrors) -> Any:
    """matplotlib figure of the errors of yaw, pitch and roll over the true yaw [deg].

    Raises ImportError where matplotlib is missing.
    """
    drawn = empty_figure(9, 9)
    axes = drawn.subplots(3, 1, sharex=True)
    by = np.array(errors.solved_by)
    for axis, name, off in zip(axes, ANGLES, errors.errors.T):
        for which, color in _COLORS.items():
            use = by == which
            if use.any():
                axis.plot(errors.truth[use, 0], off[use], ".", color=color, alpha=0.6, label=which)
        axis.axhline(0, color="0.3", linewidth=0.8)
        axis.set_ylabel(f"error of {name} [\u00b0]")
        axis.grid(alpha=0.3)
    axes[0].legend(title="solved by", loc="upper right")
    axes[-1].set_xlabel("true yaw [\u00b0], positive to the person's own left")
    return drawn


def write(errors: HeadErrors, path: Path) -> None:
    """The figure as a PNG. Raises ImportError or OSError."""
    drawn = figure(errors)
    with replacing(path) as partial:
        drawn.savefig(str(partial), dpi=90)
