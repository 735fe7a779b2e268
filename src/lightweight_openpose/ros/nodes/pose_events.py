"""Poses, with heads and metres where there are any -> what each tracked person does."""
from __future__ import annotations

import message_filters
import numpy as np
import rospy
from geometry_msgs.msg import Vector3

from lightweight_openpose.gestures.gesture_tracker import SIDES, GestureTracker
from lightweight_openpose.msg import (
    HeadOrientationArray,
    HumanPose3DArray,
    HumanPoseArray,
    PersonEvents,
    PersonEventsArray,
)
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.ros.messages.people import msg_to_pose
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer

_QUEUE = 60
_FORGET = 5.0  # s out of sight
_ARMS = {None: PersonEvents.NO_ARM, "left": PersonEvents.LEFT_ARM, "right": PersonEvents.RIGHT_ARM}


class PoseEventsNode:
    def __init__(self, skeleton: Skeleton, with_heads: bool, with_metres: bool):
        self._skeleton, self._inputs_wanted = skeleton, (with_heads, with_metres)
        self._trackers, self._stamp = {}, 0.0
        self._inputs = LazySubscriptions(self._subscribe)
        self._publisher = self._inputs.advertise("~events", PersonEventsArray)
        self._inputs.update()

    def _subscribe(self):
        names = [("poses", HumanPoseArray)]
        names += [n for n, wanted in zip((("heads", HeadOrientationArray), ("poses_3d", HumanPose3DArray)), self._inputs_wanted)
                  if wanted]
        filters = [message_filters.Subscriber(name, kind, queue_size=10) for name, kind in names]
        synchronizer = StampSynchronizer(filters, _QUEUE)
        synchronizer.registerCallback(self._on_frame)
        return [f.sub for f in filters]

    def _on_frame(self, poses, *others):
        stamp = poses.header.stamp.to_sec()
        if stamp < self._stamp:
            self._trackers.clear()
        self._stamp = stamp
        heads, bodies = {}, {}
        for other in others:
            if isinstance(other, HeadOrientationArray):
                heads = {h.track_id: (h.yaw, h.pitch) for h in other.heads}
            else:
                bodies = {p.track_id: np.array([[k.x, k.y, k.z] for k in p.keypoints]) for p in other.poses}
        people = []
        if poses.skeleton != self._skeleton.name:
            rospy.logerr_throttle(10, "%s: poses of skeleton %s, but ~skeleton is %s", rospy.get_name(), poses.skeleton,
                                  self._skeleton.name)
            return
        for person in (p for p in poses.poses if p.track_id >= 0):
            tracker, _ = self._trackers.get(person.track_id, (GestureTracker(self._skeleton), 0))
            self._trackers[person.track_id] = tracker, stamp
            gestures = tracker.update(msg_to_pose(person).keypoints, stamp, heads.get(person.track_id), bodies.get(person.track_id))
            people.append(_to_msg(person.track_id, gestures))
        self._trackers = {k: v for k, v in self._trackers.items() if stamp - v[1] < _FORGET}
        self._publisher.publish(PersonEventsArray(poses.header, people))


def _to_msg(track_id, gestures) -> PersonEvents:
    raised, waving = ([flags[side] for side in SIDES] for flags in (gestures.raised, gestures.waving))
    direction = np.full(3, np.nan) if gestures.direction is None else gestures.direction
    return PersonEvents(track_id, *raised, *waving, _ARMS[gestures.pointing], gestures.angle, Vector3(*direction),
                        gestures.facing, gestures.fallen)


def make_node() -> PoseEventsNode:
    """Node from the private parameters (config/pose_events.yaml)."""
    skeleton = find_skeleton(params.get("skeleton", "coco18"))
    missing = [name for name in COCO18.keypoints if name not in skeleton.keypoints]
    if missing:
        raise ValueError(f"skeleton {skeleton.name} has no {', '.join(missing)}, which the gestures are told by")
    return PoseEventsNode(skeleton, params.get("heads", True), params.get("poses_3d", False))


def main() -> None:
    params.run("pose_events_node", make_node)
