"""What was seen of each person over time, from a bag with poses or from the lines of `pose video`."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List

import numpy as np

from .head_orientation import camera_matrix, solve_head

ASSUMED_FOV = 1.0472  # rad, as in config/head_orientation.yaml


@dataclass
class Person:
    """times: (N,) [s] since the first frame; keypoints: (N, K, 3) [x px, y px, score]; scores: (N,); angles: (N, 3) yaw,
    pitch, roll [rad], NaN where the head could not be told.
    """

    times: List[float] = field(default_factory=list)
    keypoints: List[np.ndarray] = field(default_factory=list)
    scores: List[float] = field(default_factory=list)
    angles: List[tuple] = field(default_factory=list)

    def add(self, time, keypoints, score, angles):
        self.times.append(time)
        self.keypoints.append(keypoints)
        self.scores.append(score)
        self.angles.append(angles)


@dataclass
class History:
    """people: by track id; frames: times of all frames [s]; counts: people in each of them."""

    people: Dict[int, Person] = field(default_factory=dict)
    frames: List[float] = field(default_factory=list)
    counts: List[int] = field(default_factory=list)


def read_history(path: Path, topic: str = "") -> History:
    """topic: of the poses in a bag, by default the first one. Raises ValueError."""
    if path.suffix == ".bag":
        return _from_frames(_bag_frames(path, topic))
    if path.suffix == ".jsonl":
        return _from_frames(_line_frames(path))
    raise ValueError(f"{path}: expected a .bag with poses or the .jsonl of `pose video`")


def _from_frames(frames) -> History:
    """frames: (time [s], [(track id, keypoints (K, 3), score, angles)])."""
    history, first = History(), None
    for time, people in frames:
        first = time if first is None else first
        history.frames.append(time - first)
        history.counts.append(len(people))
        for track_id, keypoints, score, angles in people:
            if track_id >= 0:
                history.people.setdefault(track_id, Person()).add(time - first, keypoints, score, angles)
    return history


def _line_frames(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        try:
            frame = json.loads(line)
            people = [(p["track_id"], np.array([k or (np.nan, np.nan, 0) for k in p["keypoints"]], float), p["score"])
                      for p in frame["poses"]]
            size = frame.get("width", 0), frame.get("height", 0)
            yield frame["time"], [(*p, _angles(p[1], *size)) for p in people]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}, line {number} is not from `pose video`: {error}") from None


def _angles(keypoints, width, height):
    """Of the head, for a camera with an assumed field of view."""
    if not width or len(keypoints) != 18:
        return (np.nan,) * 3
    head, _ = solve_head(keypoints.astype(np.float32), camera_matrix(width, height, ASSUMED_FOV), np.zeros(0), 0.1, None)
    return (np.nan,) * 3 if head is None else (head.yaw, head.pitch, head.roll)


def _bag_frames(path, topic):
    try:
        import rosbag
    except ImportError:
        raise ImportError("a bag needs ROS: source its setup.bash first") from None
    with rosbag.Bag(str(path)) as bag:
        types = {t: info.msg_type for t, info in bag.get_type_and_topic_info().topics.items()}
        topics = sorted(t for t, kind in types.items() if kind == "lightweight_openpose/HumanPoseArray")
        if not topics or topic and topic not in topics:
            raise ValueError(f"{path} has no poses{f' on {topic}' if topic else ''}; it has them on {', '.join(topics) or 'no topic'}"
                             "; `pose bag` adds them")
        for _, msg, _ in bag.read_messages(topics=[topic or topics[0]]):
            people = []
            for person in msg.poses:
                keypoints = np.array([(k.x, k.y, k.score) for k in person.keypoints], float)
                people.append((person.track_id, keypoints, person.score, _angles(keypoints, msg.width, msg.height)))
            yield msg.header.stamp.to_sec(), people
