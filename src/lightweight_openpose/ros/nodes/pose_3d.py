"""Poses and the registered depth image of the same moment -> people in metres, with TF and markers."""
from __future__ import annotations

import message_filters
import numpy as np
import rospy
import tf2_ros
from geometry_msgs.msg import Point, Quaternion, TransformStamped, Vector3
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from visualization_msgs.msg import MarkerArray

from lightweight_openpose.geometry.body import Motion, body_position, torso_rotation
from lightweight_openpose.geometry.lifting import guess_distance, lift, lift_flat
from lightweight_openpose.msg import HumanPose3D, HumanPose3DArray, HumanPoseArray, Keypoint3D
from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.depth import check_registered, depth_to_metres
from lightweight_openpose.ros.messages.markers import MarkerMemory, body_markers, marker_id
from lightweight_openpose.ros.messages.people import msg_to_pose
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.sync import NearStampSynchronizer
from lightweight_openpose.video.images import BadImage

DEPTH_TYPES = {"image": Image, "compressed": CompressedImage, "points": PointCloud2}
VIEW_FRAME = "people_view"  # at the camera: x forward, y left, z up
_QUEUE = 60  # depth images kept while the poses are computed


class Pose3DNode:
    def __init__(self, skeleton: Skeleton, depth: str, slop: float, assume_height: float, rectified: bool, publish_tf: bool):
        """depth: one of DEPTH_TYPES; slop: [s] between poses and depth; assume_height: [m] of people when there is no depth
        camera, 0 when there is one.
        """
        self._skeleton, self._depth, self._slop, self._height = skeleton, depth, slop, assume_height
        self._rectified, self._health = rectified, StreamHealth()
        self._info, self._motions, self._markers = None, {}, MarkerMemory()
        self._stamp = 0.0
        self._broadcaster = tf2_ros.TransformBroadcaster() if publish_tf else None
        self._static = tf2_ros.StaticTransformBroadcaster() if publish_tf else None
        self._frame = None
        self._inputs = LazySubscriptions(self._subscribe, always=publish_tf)
        self._poses = self._inputs.advertise("~poses_3d", HumanPose3DArray)
        self._marker_publisher = self._inputs.advertise("~markers", MarkerArray)
        self._inputs.update()

    def _subscribe(self):
        subscribers = [rospy.Subscriber("camera_info", CameraInfo, self._on_info, queue_size=1)]
        if self._height:
            return subscribers + [rospy.Subscriber("poses", HumanPoseArray, self._on_poses, queue_size=5)]
        topic = rospy.resolve_name("depth")
        if self._depth == "compressed" and not topic.endswith("/compressedDepth"):
            topic += "/compressedDepth"
        filters = [message_filters.Subscriber("poses", HumanPoseArray, queue_size=10),
                   message_filters.Subscriber(topic, DEPTH_TYPES[self._depth], queue_size=2, buff_size=BUFFER_BYTES)]
        synchronizer = NearStampSynchronizer(filters, _QUEUE, self._slop)
        synchronizer.registerCallback(self._on_poses)
        return subscribers + [f.sub for f in filters]

    def _on_info(self, msg):
        self._info = msg

    def _on_poses(self, msg, depth_msg=None):
        try:
            camera = self._camera(msg)
            depth = None
            if depth_msg is not None:
                depth = check_registered(depth_to_metres(depth_msg), depth_msg.header.frame_id, msg.height, msg.width,
                                         msg.header.frame_id)
            if msg.skeleton != self._skeleton.name:
                raise BadImage(f"poses of skeleton {msg.skeleton}, but ~skeleton is {self._skeleton.name}")
        except BadImage as error:
            self._health.fail(error)
            return
        self._publish(msg, [self._lift(p, depth, camera) for p in map(msg_to_pose, msg.poses)])

    def _camera(self, msg):
        camera = camera_of(self._info, msg.height, msg.width, 1.0, self._rectified)
        if camera.assumed:
            raise BadImage(f"no calibration on {rospy.resolve_name('camera_info')}: metres need the camera's intrinsics; remap "
                           "camera_info:= to that of the colour image, or calibrate with camera_calibration")
        return camera

    def _lift(self, pose, depth, camera):
        if depth is not None:
            return lift(pose, depth, camera, self._skeleton)
        distance = guess_distance(pose, camera, self._skeleton, self._height)
        return lift_flat(pose, float("nan") if distance is None else distance, camera)

    def _publish(self, msg, bodies):
        stamp = msg.header.stamp.to_sec()
        if stamp < self._stamp:
            self._motions.clear()
        self._stamp = stamp
        answer, markers, transforms = HumanPose3DArray(msg.header, msg.skeleton, bool(self._height), []), [], []
        for i, (person, points) in enumerate(zip(msg.poses, bodies)):
            position = body_position(points, self._skeleton)
            answer.poses.append(_to_msg(person, points, position, self._velocity(person.track_id, position, stamp)))
            label = f"id {person.track_id}" if person.track_id >= 0 else f"{person.score:.2f}"
            markers += body_markers(msg.header, marker_id(person.track_id, i), points, label, self._skeleton.limbs,
                                    self._skeleton.limb_colors)
            rotation = torso_rotation(points, self._skeleton)
            if person.track_id >= 0 and rotation is not None:
                transforms.append(_transform(msg.header, person.track_id, position, rotation))
        self._motions = {k: v for k, v in self._motions.items() if v[1] > stamp - 5}
        self._poses.publish(answer)
        self._marker_publisher.publish(self._markers.complete(msg.header, markers))
        if self._broadcaster is not None:
            self._show_upright(msg.header)
            self._broadcaster.sendTransform(transforms)

    def _show_upright(self, header):
        """A frame with z up for rviz, whose views cannot stand upright in an optical frame."""
        if header.frame_id != self._frame:
            self._frame = header.frame_id
            msg = TransformStamped(header=header, child_frame_id=VIEW_FRAME)
            msg.transform.rotation = Quaternion(0.5, -0.5, 0.5, 0.5)
            self._static.sendTransform(msg)

    def _velocity(self, track_id, position, stamp):
        if track_id < 0:
            return np.full(3, np.nan)
        motion, _ = self._motions.get(track_id, (Motion(), 0))
        self._motions[track_id] = motion, stamp
        return motion.update(position, stamp)


def _to_msg(person, points, position, velocity):
    return HumanPose3D(person.track_id, person.score, int(np.isfinite(points[:, 2]).sum()), Point(*position), Vector3(*velocity),
                       [Keypoint3D(*row) for row in points.tolist()])


def _transform(header, track_id, position, rotation):
    msg = TransformStamped(header=header, child_frame_id=f"human_{track_id}")
    msg.transform.translation = Vector3(*position)
    msg.transform.rotation = Quaternion(*Rotation.from_matrix(rotation).as_quat())
    return msg


def make_node() -> Pose3DNode:
    """Node from the private parameters (config/pose_3d.yaml)."""
    return Pose3DNode(find_skeleton(params.get("skeleton", "coco18")), params.get("depth", "image", choices=tuple(DEPTH_TYPES)),
                      params.get("slop", 0.03, 0.0, 1.0), params.get("assume_height", 0.0, 0.0, 2.5),
                      params.get("rectified", False), params.get("publish_tf", False))


def main() -> None:
    params.run("pose_3d_node", make_node)
