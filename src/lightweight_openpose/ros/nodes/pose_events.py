"""Poses, with heads and metres where there are any -> what each tracked person does."""

from __future__ import annotations

from dataclasses import dataclass

import message_filters
import numpy as np
from geometry_msgs.msg import Vector3

from lightweight_openpose.gestures.gesture_tracker import GestureTracker
from lightweight_openpose.gestures.rules import SIDES
from lightweight_openpose.msg import (
    HeadOrientationArray,
    HumanPose3DArray,
    HumanPoseArray,
    PersonEvents,
    PersonEventsArray,
)
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.ros.messages.people import msg_to_pose
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.awaited import HEADS_REMEDY, POSES_REMEDY, await_inputs
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth, report
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import POSE_BYTES
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer
from lightweight_openpose.tracking.per_track import PerTrack

_POSES_3D_REMEDY = "start pose_3d.launch, remap poses_3d:= to its poses, or set ~poses_3d to false"
_QUEUE = 60
_ARMS = {
    None: PersonEvents.NO_ARM,
    "left": PersonEvents.LEFT_ARM,
    "right": PersonEvents.RIGHT_ARM,
}


@dataclass(frozen=True)
class PoseEventsSettings:
    """Parameters of pose_events_node (config/pose_events.yaml)."""

    skeleton: str = "coco18"
    heads: bool = True
    poses_3d: bool = False


class PoseEventsNode:
    """Follows the gestures of each tracked person."""

    def __init__(self, settings: PoseEventsSettings):
        self._settings = settings
        self._skeleton = find_skeleton(settings.skeleton)
        missing = [name for name in COCO18.keypoints if name not in self._skeleton.keypoints]
        if missing:
            raise ValueError(
                f"skeleton {self._skeleton.name} has no {', '.join(missing)}, "
                "which the gestures are told by"
            )
        self._health = StreamHealth()
        self._trackers = PerTrack(lambda: GestureTracker(self._skeleton))
        self._inputs = LazySubscriptions(self._subscribe)
        self._publisher = self._inputs.advertise("~events", PersonEventsArray)
        report("pose events", self._health, lambda: self._inputs.wanted)
        self._inputs.update()

    def _subscribe(self):
        kinds = {"poses": (HumanPoseArray, POSES_REMEDY)}
        if self._settings.heads:
            kinds["heads"] = HeadOrientationArray, HEADS_REMEDY
        if self._settings.poses_3d:
            kinds["poses_3d"] = HumanPose3DArray, _POSES_3D_REMEDY
        filters = {
            message_filters.Subscriber(topic, kind, queue_size=10, buff_size=POSE_BYTES): remedy
            for topic, (kind, remedy) in kinds.items()
        }
        synchronizer = StampSynchronizer(list(filters), _QUEUE)
        synchronizer.registerCallback(guarded(self._health, self._on_frame, self._skeleton))
        await_inputs(self._health, filters, synchronizer)
        return [f.sub for f in filters]

    def _on_frame(self, msg, *others):
        stamp = msg.header.stamp.to_sec()
        self._trackers.at(stamp)
        heads, bodies = _by_track(others)
        people = []
        for person in msg.poses:
            track_id = person.track_id
            if track_id < 0:
                continue
            keypoints = msg_to_pose(person).keypoints
            head, points = heads.get(track_id), bodies.get(track_id)
            gestures = self._trackers[track_id].update(keypoints, stamp, head, points)
            people.append(_to_msg(track_id, gestures))
        header = next((m.header for m in others if isinstance(m, HumanPose3DArray)), msg.header)
        self._publisher.publish(PersonEventsArray(header, people))


def _by_track(messages):
    """Track id -> (yaw, pitch) [rad], and track id -> (K, 3) points [m]."""
    heads, bodies = {}, {}
    for msg in messages:
        if isinstance(msg, HeadOrientationArray):
            heads = {h.track_id: (h.yaw, h.pitch) for h in msg.heads}
        else:
            bodies = {p.track_id: _points(p) for p in msg.poses}
    return heads, bodies


def _points(person) -> np.ndarray:
    return np.array([[k.x, k.y, k.z] for k in person.keypoints])


def _to_msg(track_id, gestures) -> PersonEvents:
    raised = [gestures.raised[side] for side in SIDES]
    waving = [gestures.waving[side] for side in SIDES]
    pointing = _ARMS[gestures.pointing]
    direction = np.full(3, np.nan) if gestures.direction is None else gestures.direction
    return PersonEvents(
        track_id,
        *raised,
        *waving,
        pointing,
        gestures.angle,
        Vector3(*direction),
        gestures.facing,
        gestures.fallen,
    )


def main() -> None:
    """Run the node."""
    params.run("pose_events_node", PoseEventsSettings, PoseEventsNode)
