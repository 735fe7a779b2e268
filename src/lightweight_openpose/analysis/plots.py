"""Pictures of a history over time, and a page that sums it up (matplotlib)."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path
from typing import Any, Iterable, List, Sequence, Tuple

import numpy as np

from lightweight_openpose.files import replacing
from lightweight_openpose.poses import Skeleton

from .history import History, PersonHistory

GAP = 0.5  # s without a person that break a line
MAX_PEOPLE = 10  # drawn in colours of their own, those who were seen longest


def empty_figure(width: float, height: float) -> Any:
    """matplotlib figure of this size [inch]. Raises ImportError where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            "plots need the Python package matplotlib: apt install python3-matplotlib "
            "(or pip install matplotlib)"
        ) from None
    return Figure(figsize=(width, height), constrained_layout=True)


def figure(history: History, skeleton: Skeleton, joints: Sequence[str]) -> Any:
    """matplotlib figure of people per frame, and over time of each joint and the head's angles.

    Around an angle is a band of one standard deviation, where that is known.

    Raises ImportError where matplotlib is missing.
    """
    rows = 1 + len(joints) + 3
    drawn = empty_figure(12, 2.1 * rows)
    axes = drawn.subplots(rows, 1, sharex=True)
    axes[0].plot(history.frames, history.counts, drawstyle="steps-post", color="0.3")
    axes[0].set_ylabel("people")
    for k, track_id in enumerate(longest(history)):
        person = history.people[track_id]
        indices = [skeleton.index(name) for name in joints]
        _plot_joints(axes[1:], person, indices, f"C{k}", f"id {track_id}")
        _plot_angles(axes[1 + len(joints) :], person, f"C{k}")
    for axis, name in zip(axes[1:], joints):
        axis.set_ylabel(f"{name.replace('_', ' ')}\nx \u2013, y \u00b7\u00b7 [px]")
    for axis, name in zip(axes[1 + len(joints) :], ("yaw", "pitch", "roll")):
        axis.set_ylabel(f"head {name} [\u00b0]")
        axis.set_ylim(-95, 95)
    if history.people:
        axes[1].legend(loc="upper right", ncol=5, fontsize="small")
    axes[-1].set_xlabel("time [s]")
    for axis in axes:
        axis.grid(alpha=0.3)
    return drawn


def _plot_joints(
    axes: Any, person: PersonHistory, joints: Sequence[int], color: str, label: str
) -> None:
    times = np.array(person.times)
    keypoints = np.stack(person.keypoints)
    for axis, joint in zip(axes, joints):
        x, y = keypoints[:, joint, :2].T
        axis.plot(*broken(times, x), "-", color=color, label=label)
        axis.plot(*broken(times, y), ":", color=color)


def _plot_angles(axes: Any, person: PersonHistory, color: str) -> None:
    times = np.array(person.times)
    angles = np.degrees(np.array(person.angles, float))
    deviations = np.degrees(np.array(person.deviations, float))
    for axis, values, deviation in zip(axes, angles.T, deviations.T):
        axis.plot(*broken(times, values), color=color)
        if np.isfinite(deviation).any():
            at, low = broken(times, values - deviation)
            axis.fill_between(at, low, broken(times, values + deviation)[1], color=color, alpha=0.2)


def longest(history: History) -> List[int]:
    """Ids of the people seen in most frames, in the order of the ids."""
    by_length = sorted(history.people, key=lambda k: -len(history.people[k].times))
    return sorted(by_length[:MAX_PEOPLE])


def broken(times: np.ndarray, values: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Times and values with NaN put where nothing was seen for longer than GAP.

    Lines break there.
    """
    at = np.flatnonzero(np.diff(times) > GAP) + 1
    return np.insert(times, at, np.nan), np.insert(values.astype(float), at, np.nan)


def summary(history: History) -> List[dict]:
    """One row per person: id, frames, from and to [s], mean score, yaw [deg].

    The yaw is the head's, mean and standard deviation.
    """
    rows = []
    for track_id, person in sorted(history.people.items()):
        yaw = np.degrees(np.array(person.angles, float)[:, 0])
        yaw = yaw[np.isfinite(yaw)]
        rows.append(
            {
                "id": track_id,
                "frames": len(person.times),
                "from [s]": round(person.times[0], 2),
                "to [s]": round(person.times[-1], 2),
                "score": round(float(np.mean(person.scores)), 3),
                "yaw [\u00b0]": f"{yaw.mean():.0f} \u00b1 {yaw.std():.0f}"
                if len(yaw)
                else "\u2013",
            }
        )
    return rows


def write(
    history: History, skeleton: Skeleton, joints: Sequence[str], path: Path, title: str
) -> None:
    """PNG, or an HTML page with a table that needs no other file, by the suffix of the path."""
    drawn = figure(history, skeleton, joints)
    with replacing(path) as partial:
        if path.suffix == ".png":
            drawn.savefig(str(partial), dpi=90)
        else:
            partial.write_text(_page(history, drawn, title))


def _page(history: History, drawn: Any, title: str) -> str:
    """HTML with the figure inside."""
    picture = io.BytesIO()
    drawn.savefig(picture, format="png", dpi=90)
    encoded = base64.b64encode(picture.getvalue()).decode()
    rows = summary(history)
    table = "".join(_table_row("td", row.values()) for row in rows)
    head = _table_row("th", rows[0]) if rows else ""
    frames = len(history.frames)
    rate = (frames - 1) / (history.frames[-1] or 1) if frames > 1 else 0
    return _PAGE.format(
        title=html.escape(title),
        frames=frames,
        rate=rate,
        people=len(rows),
        most=max(history.counts, default=0),
        table=head + table,
        picture=encoded,
    )


def _table_row(tag: str, values: Iterable) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(str(v))}</{tag}>" for v in values) + "</tr>"


_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px sans-serif; margin: 24px; }}
td, th {{ padding: 2px 12px; text-align: right; }}
img {{ max-width: 100%; }}
</style>
<h1>{title}</h1>
<p>{frames} frames, {rate:.1f} per second, {people} people, at most {most} at a time</p>
<table>{table}</table>
<img alt="joints and head angles over time" src="data:image/png;base64,{picture}"></html>
"""
