"""What was seen of each person over time, from a bag with poses or the lines of `pose video`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Optional

import numpy as np

from lightweight_openpose.geometry import ASSUMED_FOV, Camera, HeadTracker
from lightweight_openpose.poses import find_skeleton
from lightweight_openpose.poses.pose_lines import Frame


@dataclass
class PersonHistory:
    """The N frames in which a person was seen."""

    times: List[float] = field(default_factory=list)  # (N,) [s] since the first frame
    keypoints: List[np.ndarray] = field(default_factory=list)  # (N, K, 3) [x px, y px, score]
    scores: List[float] = field(default_factory=list)  # (N,) [0, 1]
    # (N, 3) yaw, pitch, roll of the head [rad], NaN where they are not known
    angles: List[tuple] = field(default_factory=list)
    deviations: List[tuple] = field(default_factory=list)  # (N, 3) standard deviations of these

    def add(
        self,
        time: float,
        keypoints: np.ndarray,
        score: float,
        angles: tuple,
        deviations: tuple,
    ) -> None:
        """One frame more; times are to rise."""
        self.times.append(time)
        self.keypoints.append(keypoints)
        self.scores.append(score)
        self.angles.append(angles)
        self.deviations.append(deviations)


@dataclass
class History:
    """Everybody who was seen."""

    people: Dict[int, PersonHistory] = field(default_factory=dict)  # by track id
    frames: List[float] = field(default_factory=list)  # times of all frames [s]
    counts: List[int] = field(default_factory=list)  # people in each of them


def history_of(frames: Iterable[Frame]) -> History:
    """What was seen of each track id, with the angles of the heads for a camera of ASSUMED_FOV.

    The angles are filtered over time, as head_orientation_node does.
    """
    history = History()
    heads: Dict[str, Optional[HeadTracker]] = {}  # by skeleton
    first = None
    for frame in frames:
        first = frame.time if first is None else first
        time = frame.time - first
        history.frames.append(time)
        history.counts.append(len(frame.poses))
        if frame.skeleton not in heads:
            heads[frame.skeleton] = _head_tracker(frame.skeleton)
        for pose, angles in zip(frame.poses, _angles(frame, heads[frame.skeleton])):
            if pose.track_id >= 0:
                person = history.people.setdefault(pose.track_id, PersonHistory())
                person.add(time, pose.keypoints, pose.score, *angles)
    return history


def _angles(frame: Frame, tracker: Any) -> List[tuple]:
    """Yaw, pitch, roll of each pose's head and their deviations, NaN where not known."""
    unknown = (np.nan,) * 3, (np.nan,) * 3
    if not frame.width or tracker is None:
        return [unknown] * len(frame.poses)
    camera = Camera.assumed_for(frame.width, frame.height, ASSUMED_FOV)
    answers = tracker.update(frame.poses, camera, frame.time, frame.model)
    return [
        unknown if head is None else ((head.yaw, head.pitch, head.roll), head.angle_stddev)
        for head, _ in answers
    ]


def _head_tracker(name: str) -> Optional[HeadTracker]:
    """For the skeleton of that name, None where it is not known or has no head."""
    try:
        return HeadTracker(find_skeleton(name))
    except ValueError:
        return None
