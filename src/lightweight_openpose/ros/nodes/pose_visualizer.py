"""Image, poses and heads of the same stamp -> annotated image, and an mp4 of it."""
from __future__ import annotations

import math
import threading

import message_filters
import numpy as np
import rospy
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import CameraInfo, Image

from lightweight_openpose.display.drawing import draw_head, draw_poses, draw_text
from lightweight_openpose.geometry.camera import head_axes
from lightweight_openpose.msg import HeadOrientationArray, HumanPoseArray
from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.images import bgr_to_image, image_to_bgr
from lightweight_openpose.ros.messages.people import msg_to_pose
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.diagnostics import Rate, StreamHealth
from lightweight_openpose.ros.plumbing.image_topics import (
    BUFFER_BYTES,
    TRANSPORTS,
    image_topic,
    image_type,
)
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer
from lightweight_openpose.video.images import BadImage
from lightweight_openpose.video.recorder import VideoRecorder

_QUEUE = 60  # images kept while their poses are computed


class PoseVisualizerNode:
    def __init__(self, skeleton: Skeleton, transport: str, with_heads: bool, record: str, assumed_fov: float, rectified: bool):
        """record: path of an mp4, or "" for none."""
        self._skeleton = skeleton
        self._transport, self._with_heads = transport, with_heads
        self._assumed_fov, self._rectified = assumed_fov, rectified
        self._info = None
        self._rate, self._health = Rate(), StreamHealth()
        self._recorder = VideoRecorder(record) if record else None
        self._lock = threading.Lock()  # close() against a frame that is being written
        self._inputs = LazySubscriptions(self._subscribe, always=bool(record))
        self._publisher = self._inputs.advertise("~image", Image, queue_size=1)
        self._inputs.update()

    def close(self) -> None:
        with self._lock:
            if self._recorder is not None:
                self._recorder.close()
                rospy.loginfo("%s: recorded %s", rospy.get_name(), self._recorder.path)
                self._recorder = None

    def _subscribe(self):
        filters = [message_filters.Subscriber(image_topic(self._transport), image_type(self._transport), queue_size=2,
                                              buff_size=BUFFER_BYTES),
                   message_filters.Subscriber("poses", HumanPoseArray, queue_size=10)]
        if self._with_heads:
            filters.append(message_filters.Subscriber("heads", HeadOrientationArray, queue_size=10))
        synchronizer = StampSynchronizer(filters, _QUEUE)
        synchronizer.registerCallback(self._on_match)
        info = rospy.Subscriber("camera_info", CameraInfo, self._on_info, queue_size=1)
        return [f.sub for f in filters] + [info]

    def _on_info(self, msg):
        self._info = msg

    def _on_match(self, image_msg, poses_msg, heads_msg=None):
        self._rate.tick()
        try:
            image = np.array(image_to_bgr(image_msg))
        except BadImage as error:
            self._health.fail(error)
            return
        if poses_msg.skeleton != self._skeleton.name:
            self._health.fail(f"poses of skeleton {poses_msg.skeleton}, but ~skeleton is {self._skeleton.name}")
            return
        draw_poses(image, [msg_to_pose(p) for p in poses_msg.poses], self._skeleton)
        if heads_msg is not None:
            self._draw_heads(image, heads_msg)
        draw_text(image, f"{self._rate():.1f} fps  {len(poses_msg.poses)} people", (6, 0))
        if self._publisher.get_num_connections():
            self._publisher.publish(bgr_to_image(image, image_msg.header))
        with self._lock:
            if self._recorder is not None:
                self._recorder.write(image, image_msg.header.stamp.to_sec())

    def _draw_heads(self, image, msg):
        camera = camera_of(self._info, image.shape[0], image.shape[1], self._assumed_fov, self._rectified)
        for head in msg.heads:
            q, p = head.pose.orientation, head.pose.position
            rotation = Rotation.from_quat([q.x, q.y, q.z, q.w]).as_matrix()
            drawn = head_axes(rotation, np.array([p.x, p.y, p.z]), camera)
            if drawn is not None:
                angles = " ".join(f"{n}{math.degrees(v):+.0f}" for n, v in
                                  (("y", head.yaw), ("p", head.pitch), ("r", head.roll)))
                draw_head(image, *drawn, label=angles)


def make_node() -> PoseVisualizerNode:
    """Node from the private parameters (config/pose_visualizer.yaml)."""
    return PoseVisualizerNode(find_skeleton(params.get("skeleton", "coco18")),
                              params.get("image_transport", "raw", choices=TRANSPORTS), params.get("heads", True),
                              params.get("record", ""), params.get("assumed_fov", 1.0472, 0.1, 3.0),
                              params.get("rectified", False))


def main() -> None:
    params.run("pose_visualizer_node", make_node)
