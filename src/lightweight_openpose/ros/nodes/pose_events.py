"""Poses, with heads and metres where there are any -> what each tracked person does."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import message_filters
import numpy as np
import rospy
from geometry_msgs.msg import Point, Vector3

from lightweight_openpose.geometry import Person3D
from lightweight_openpose.gestures import body_rules, hand_rules
from lightweight_openpose.gestures.body_rules.rule import SIDES
from lightweight_openpose.gestures.gesture_tracker import Gestures, GestureTracker
from lightweight_openpose.gestures.hand_tracker import HandState, HandTracker
from lightweight_openpose.msg import (
    HandGesture,
    HeadOrientationArray,
    HumanPose3DArray,
    HumanPoseArray,
    PersonEvents,
    PersonEventsArray,
)
from lightweight_openpose.poses import COCO18, Pose, Skeleton, find_skeleton
from lightweight_openpose.ros.messages.people import PeopleInImage
from lightweight_openpose.ros.messages.people_3d import People3D
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.awaited import HEADS_REMEDY, POSES_REMEDY, await_inputs
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth, report
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import POSE_BYTES
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer
from lightweight_openpose.ros.settings.pose_events import HAND, PoseEventsSettings
from lightweight_openpose.tracking import PerTrack

_POSES_3D_REMEDY = "start pose_3d.launch, remap poses_3d:= to its poses, or set ~poses_3d to false"
_QUEUE = 60


class _Points(NamedTuple):
    """One person in metres, where there is depth."""

    body: Optional[np.ndarray] = None  # (K, 3)
    hands: Tuple[Optional[np.ndarray], Optional[np.ndarray]] = (None, None)  # left, right


class _Trackers:
    """Trackers of one person: the body and both hands."""

    def __init__(self, skeleton: Skeleton, settings: Any):
        body = {name: getattr(settings, name) for name in body_rules.RULES}
        hands = {name: getattr(settings, HAND + name, None) for name in hand_rules.RULES}
        self._body = GestureTracker(skeleton, body)
        self._hands = {side: HandTracker(side, settings.hands, hands) for side in SIDES}

    def update(
        self, pose: Pose, stamp: float, head: Optional[Tuple[float, float]], points: _Points
    ) -> PersonEvents:
        """What a person does, stamp in [s]; head: (yaw, pitch) [rad], None: not known."""
        gestures = self._body.update(pose.keypoints, stamp, head, points.body)
        hands = (pose.left_hand, pose.right_hand)
        states = [
            self._hands[side].update(hand, stamp, metres)
            for side, hand, metres in zip(SIDES, hands, points.hands)
        ]
        return _to_msg(pose.track_id, gestures, states)


class PoseEventsNode:
    """Follows the gestures of each tracked person."""

    def __init__(self, settings: Any):
        self._settings = settings
        self._skeleton = find_skeleton(settings.skeleton)
        missing = [name for name in COCO18.keypoints if name not in self._skeleton.keypoints]
        if missing:
            raise ValueError(
                f"skeleton {self._skeleton.name} has no {', '.join(missing)}, "
                "which the gestures are recognized by"
            )
        self._health = StreamHealth()
        self._trackers = PerTrack(lambda: _Trackers(self._skeleton, settings))
        self._inputs = LazySubscriptions(self._subscribe)
        self._publisher = self._inputs.advertise("~events", PersonEventsArray)
        report("pose events", self._health, lambda: self._inputs.wanted)
        self._inputs.update()

    def _subscribe(self) -> List[rospy.Subscriber]:
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

    def _on_frame(
        self, people: PeopleInImage, *others: Union[HeadOrientationArray, People3D]
    ) -> None:
        stamp = people.header.stamp.to_sec()
        self._trackers.at(stamp)
        heads, bodies = _by_track(others)
        events = []
        for pose in people.poses:
            track_id = pose.track_id
            if track_id < 0:
                continue
            head, points = heads.get(track_id), bodies.get(track_id, _Points())
            events.append(self._trackers[track_id].update(pose, stamp, head, points))
        header = next(
            (other.header for other in others if isinstance(other, People3D)), people.header
        )
        self._publisher.publish(PersonEventsArray(header, events))


def _by_track(
    others: Sequence[Union[HeadOrientationArray, People3D]],
) -> Tuple[Dict[int, Tuple[float, float]], Dict[int, _Points]]:
    """Track id -> (yaw, pitch) [rad], and track id -> _Points.

    People at a guessed distance are flat: they have no directions.
    """
    heads: Dict[int, Tuple[float, float]] = {}
    bodies: Dict[int, _Points] = {}
    for other in others:
        if isinstance(other, HeadOrientationArray):
            heads = {h.track_id: (h.yaw, h.pitch) for h in other.heads}
        elif not other.estimated:
            bodies = {p.track_id: _points(p) for p in other.poses}
    return heads, bodies


def _points(person: Person3D) -> _Points:
    hands = (person.groups.get(name) for name in ("left_hand", "right_hand"))
    left, right = (None if hand is None else hand[:, :3] for hand in hands)
    return _Points(person.keypoints[:, :3], (left, right))


def _to_msg(track_id: int, gestures: Gestures, hands: Sequence[HandState]) -> PersonEvents:
    left, right = (_hand_to_msg(state) for state in hands)
    fields = {name: _value(value) for name, value in gestures.fields().items()}
    return PersonEvents(track_id=track_id, left_hand=left, right_hand=right, **fields)


def _value(value: Any) -> Any:
    """The value of a field: a number, a vector, or a constant of the message by its name."""
    if isinstance(value, str):
        return getattr(PersonEvents, value)
    return Vector3(*value) if isinstance(value, np.ndarray) else value


def _hand_to_msg(state: HandState) -> HandGesture:
    origin, direction = state.ray or (None, None)
    return HandGesture(
        getattr(HandGesture, state.gesture.upper()),
        -1 if state.fingers is None else state.fingers,
        state.angle,
        Point(*_or_nan(origin)),
        Vector3(*_or_nan(direction)),
    )


def _or_nan(vector: Optional[np.ndarray]) -> np.ndarray:
    """(3,), NaN where it is not known."""
    return np.full(3, np.nan) if vector is None else vector


def main() -> None:
    """Run the node."""
    params.run("pose_events_node", PoseEventsSettings, PoseEventsNode)
