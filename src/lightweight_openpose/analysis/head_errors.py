"""How far the angles of heads are from the true ones: the figures, a table and a line per head."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
from scipy.spatial.transform import Rotation

from lightweight_openpose.files import replacing

from .head_answers import HeadAnswer
from .head_labels import ANGLES

YAW_BINS = (0.0, 15.0, 30.0, 45.0, 70.0, math.inf)  # deg, of the true yaw's size
EYE_BINS = (0.0, 8.0, 16.0, 32.0, math.inf)  # px between the eyes in the photograph
_SHORT = ("y", "p", "r")  # the angles, in titles of columns


class HeadErrors(NamedTuple):
    """N heads, all in degrees; NaN where there is no answer."""

    truth: np.ndarray  # (N, 3) yaw, pitch, roll
    angles: np.ndarray  # (N, 3) as they were found
    deviations: np.ndarray  # (N, 3) standard deviations that were stated, NaN where none was
    eye_px: np.ndarray  # (N,) distance of the eyes [px], NaN where not known
    solved_by: List[str]  # "face", "joints", or empty

    @classmethod
    def of(cls, answers: Sequence[HeadAnswer]) -> HeadErrors:
        """Those of at least one answer."""
        nothing = (math.nan,) * 3
        heads = [answer.head for answer in answers]
        found = [(h.yaw, h.pitch, h.roll) if h else nothing for h in heads]
        return cls(
            np.degrees([answer.label.angles for answer in answers]),
            np.degrees(found),
            np.degrees([h.angle_stddev if h else nothing for h in heads]),
            np.array([answer.eye_px for answer in answers], float),
            [answer.solved_by for answer in answers],
        )

    @property
    def answered(self) -> np.ndarray:
        """(N,) bool."""
        return np.isfinite(self.angles[:, 0])

    @property
    def errors(self) -> np.ndarray:
        """(N, 3) found less true, in [-180, 180)."""
        return (self.angles - self.truth + 180) % 360 - 180

    @property
    def geodesic(self) -> np.ndarray:
        """(N,) angle of the rotation from the true to the found orientation, in [0, 180]."""
        result = np.full(len(self.truth), np.nan)
        use = self.answered
        if use.any():
            true, found = (
                Rotation.from_euler("ZYX", a[use], degrees=True) for a in (self.truth, self.angles)
            )
            result[use] = np.degrees(np.linalg.norm((true.inv() * found).as_rotvec(), axis=1))
        return result

    def correlation(self) -> np.ndarray:
        """(3,) Pearson's, of the heads with an answer; NaN where angles do not vary."""
        truth, angles = self.truth[self.answered], self.angles[self.answered]
        spread = truth.std(0) * angles.std(0) if len(truth) > 1 else np.zeros(3)
        together = ((truth - truth.mean(0)) * (angles - angles.mean(0))).mean(0)
        return np.where(spread > 1e-9, together / np.maximum(spread, 1e-9), np.nan)

    def within(self, times: float) -> np.ndarray:
        """(3,) share of errors within so many stated standard deviations; NaN without any."""
        known = self.answered[:, None] & np.isfinite(self.deviations)
        inside = known & (np.abs(self.errors) <= times * np.where(known, self.deviations, 0))
        return inside.sum(0) / np.where(known.any(0), known.sum(0), np.nan)


def table(errors: HeadErrors) -> str:
    """All figures as text; of at least one head with an answer."""
    parts = [_answered(errors), _figures(errors)]
    parts.append(_binned("|yaw|", np.abs(errors.truth[:, 0]), YAW_BINS, errors))
    parts.append(_binned("eyes [px]", errors.eye_px, EYE_BINS, errors))
    return "\n\n".join(part for part in parts if part)


def _answered(errors: HeadErrors) -> str:
    total, answered = len(errors.truth), int(errors.answered.sum())
    count = Counter(errors.solved_by)
    shares = ", ".join(
        f"{count[by] / answered:.1%} of them by {what}"
        for by, what in (("face", "the face"), ("joints", "joints"))
    )
    return f"{answered} of {total} heads answered ({answered / total:.1%}): {shares}"


def _figures(errors: HeadErrors) -> str:
    off = errors.errors[errors.answered]
    rows = [
        ("MAE", np.abs(off).mean(0), "9.2f"),
        ("bias", off.mean(0), "+9.2f"),
        ("median", np.median(np.abs(off), 0), "9.2f"),
        ("correlation", errors.correlation(), "9.3f"),
        ("within 1 stddev", errors.within(1), "9.1%"),
        ("within 2 stddev", errors.within(2), "9.1%"),
    ]
    lines = [f"{'degrees':16s}" + "".join(f"{name:>9s}" for name in ANGLES)]
    lines += [f"{name:16s}" + _cells(values, form) for name, values, form in rows]
    middle, ninetieth = np.percentile(errors.geodesic[errors.answered], (50, 90))
    lines.append(f"geodesic error: median {middle:.2f}, 90 % below {ninetieth:.2f} degrees")
    return "\n".join(lines)


def _cells(values: Iterable, form: str) -> str:
    return "".join(format(v, form) if math.isfinite(v) else f"{'-':>9s}" for v in values)


def _binned(title: str, values: np.ndarray, bins: Sequence[float], errors: HeadErrors) -> str:
    """MAE and bias for each range of a value; empty where no head has one."""
    lines = []
    for low, high in zip(bins, bins[1:]):
        inside = (values >= low) & (values < high)
        if inside.any():
            name = f"{low:g}-{high:g}" if math.isfinite(high) else f"{low:g}+"
            lines.append(f"{name:10s}{_bin_cells(errors, inside)}")
    head = "".join(f"{text:>9s}" for text in ("heads", "answered", *(f"MAE {a}" for a in _SHORT)))
    head += "".join(f"{f'bias {a}':>9s}" for a in _SHORT)
    return "\n".join([f"{title:10s}{head}", *lines]) if lines else ""


def _bin_cells(errors: HeadErrors, inside: np.ndarray) -> str:
    count, answered = int(inside.sum()), inside & errors.answered
    counts = f"{count:9d}{answered.sum() / count:9.1%}"
    if not answered.any():
        return counts + f"{'-':>9s}" * 6
    off = errors.errors[answered]
    return counts + _cells(np.abs(off).mean(0), "9.2f") + _cells(off.mean(0), "+9.2f")


def rejection_summary(answers: Sequence[HeadAnswer]) -> str:
    """Why heads have no answer, the most frequent reason first."""
    count = Counter(answer.reason for answer in answers if answer.head is None)
    return ", ".join(f"{reason} ({number})" for reason, number in count.most_common())


Row = Dict[str, Union[str, bool, float, None]]


def rows_of(answers: Sequence[HeadAnswer]) -> Iterator[Row]:
    """A flat row per head: angles and standard deviations in degrees, None where not known."""
    errors = HeadErrors.of(answers)
    for i, answer in enumerate(answers):
        row: Row = {
            "file": answer.label.file,
            "answered": answer.head is not None,
            "solved_by": answer.solved_by,
            "reason": answer.reason,
            "eye_px": _rounded(answer.eye_px),
        }
        for prefix, values in _groups(errors, i):
            row.update({f"{prefix}{name}_deg": _rounded(v) for name, v in zip(ANGLES, values)})
        yield row


def _groups(errors: HeadErrors, i: int) -> Tuple[Tuple[str, np.ndarray], ...]:
    return ("true_", errors.truth[i]), ("", errors.angles[i]), ("stddev_", errors.deviations[i])


def _rounded(value: float) -> Optional[float]:
    return round(float(value), 2) if math.isfinite(value) else None


def write_rows(answers: Sequence[HeadAnswer], path: Path) -> None:
    """A line per head in a .csv file, or in a .json file that is a list. Raises OSError."""
    rows = list(rows_of(answers))
    with replacing(path) as partial:
        with open(str(partial), "w", encoding="utf-8", newline="") as stream:
            if path.suffix == ".csv":
                writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            else:
                stream.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
