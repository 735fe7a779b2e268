"""HumanPoseArray and CameraInfo in, HeadOrientationArray out: heads of people, or objects whose points are known."""
from __future__ import annotations

import math

import rospy
import tf2_ros
from geometry_msgs.msg import PoseArray, TransformStamped, Vector3
from sensor_msgs.msg import CameraInfo
from visualization_msgs.msg import MarkerArray

from lightweight_openpose.geometry.head import solve_head
from lightweight_openpose.geometry.rigid_object import solve_object
from lightweight_openpose.msg import HeadOrientationArray, HumanPoseArray
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.markers import MarkerMemory, head_marker, marker_id
from lightweight_openpose.ros.messages.people import head_to_msg, msg_to_pose
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions

RECENT = 0.5  # s for which a head's last pose may serve as the guess


class HeadOrientationNode:
    def __init__(self, skeleton: Skeleton, assumed_fov: float, rectified: bool, min_score: float, publish_tf: bool):
        """skeleton: of the poses; with points of its own the whole object is solved for, without them the head.
        assumed_fov: horizontal field of view [rad] of a camera that is not calibrated.
        """
        self._skeleton = skeleton
        self._assumed_fov, self._rectified, self._min_score = assumed_fov, rectified, min_score
        self._info = None
        self._last = {}  # track id -> (stamp [s], Orientation)
        self._stamp = 0.0
        self._broadcaster = tf2_ros.TransformBroadcaster() if publish_tf else None
        self._inputs = LazySubscriptions(self._subscribe, always=publish_tf)
        self._heads = self._inputs.advertise("~heads", HeadOrientationArray)
        self._poses = self._inputs.advertise("~head_poses", PoseArray)
        self._markers = self._inputs.advertise("~markers", MarkerArray)
        self._memory = MarkerMemory()
        self._inputs.update()

    def _subscribe(self):
        return [rospy.Subscriber("camera_info", CameraInfo, self._on_info, queue_size=1),
                rospy.Subscriber("poses", HumanPoseArray, self._on_poses, queue_size=5, buff_size=1 << 20)]

    def _on_info(self, msg):
        self._info = msg

    def _on_poses(self, msg):
        camera = camera_of(self._info, msg.height, msg.width, self._assumed_fov, self._rectified)
        if camera.assumed:
            rospy.logwarn_throttle(60, "%s: the camera on %s is not calibrated: assuming a horizontal field of view of %.0f"
                                   " deg; angles are coarse (calibrate with camera_calibration, or set ~assumed_fov)",
                                   rospy.get_name(), rospy.resolve_name("camera_info"), math.degrees(self._assumed_fov))
        heads = [head_to_msg(head, track_id) for track_id, head in self._solve(msg, camera)]
        self._heads.publish(HeadOrientationArray(msg.header, camera.assumed, heads))
        self._poses.publish(PoseArray(msg.header, [h.pose for h in heads]))
        markers = [head_marker(msg.header, marker_id(h.track_id, i), h.pose) for i, h in enumerate(heads)]
        self._markers.publish(self._memory.complete(msg.header, markers))
        if self._broadcaster is not None:
            self._broadcaster.sendTransform([_transform(msg.header, h) for h in heads if h.track_id >= 0])

    def _solve(self, msg, camera):
        """(track id, Orientation) of the people whose head pose can be told; remembers them as guesses."""
        stamp = msg.header.stamp.to_sec()
        if stamp < self._stamp:
            self._last.clear()
        self._stamp = stamp
        self._last = {k: v for k, v in self._last.items() if stamp - v[0] <= RECENT}
        if msg.skeleton != self._skeleton.name:
            rospy.logerr_throttle(10, "%s: poses of skeleton %s, but ~skeleton is %s", rospy.get_name(), msg.skeleton,
                                  self._skeleton.name)
            return
        for person in msg.poses:
            previous = self._last.get(person.track_id, (0, None))[1]
            head, reason = self._solve_one(msg_to_pose(person).keypoints, camera, self._min_score, previous)
            if head is None:
                rospy.logdebug("%s: no orientation for track %d: %s", rospy.get_name(), person.track_id, reason)
                continue
            if person.track_id >= 0:
                self._last[person.track_id] = (stamp, head)
            yield person.track_id, head

    def _solve_one(self, keypoints, *how):
        if self._skeleton.points:
            return solve_object(keypoints, self._skeleton, *how)
        return solve_head(keypoints, *how)


def _transform(header, head) -> TransformStamped:
    msg = TransformStamped(header=header, child_frame_id=f"head_{head.track_id}")
    position = head.pose.position
    msg.transform.translation = Vector3(position.x, position.y, position.z)
    msg.transform.rotation = head.pose.orientation
    return msg


def make_node() -> HeadOrientationNode:
    """Node from the private parameters (config/head_orientation.yaml)."""
    skeleton = find_skeleton(params.get("skeleton", "coco18"))
    if not skeleton.points and skeleton != COCO18:
        raise ValueError(f"skeleton {skeleton.name} has no `points`, which its orientation needs; add them to its YAML")
    return HeadOrientationNode(skeleton, params.get("assumed_fov", 1.0472, 0.1, 3.0), params.get("rectified", False),
                               params.get("min_score", 0.1, 0.0, 1.0), params.get("publish_tf", False))


def main() -> None:
    params.run("head_orientation_node", make_node)
