"""People the ROS4HRI way (REP-155): /humans/bodies, /humans/faces and their frames."""
from __future__ import annotations

import numpy as np
import rospy
import tf2_ros
from geometry_msgs.msg import Quaternion, TransformStamped, Vector3
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import Image, RegionOfInterest

from lightweight_openpose.geometry.body import torso_rotation
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.images import bgr_to_image, image_to_bgr
from lightweight_openpose.ros.messages.other_packages import body_id, body_roi, skeleton_2d
from lightweight_openpose.video.images import BadImage


class Humans:
    """Publishes bodies and faces; topics of a body exist while it is tracked."""

    def __init__(self, types):
        """types: hri_msgs.msg."""
        self._types, self._bodies = types, {}
        self._tracked = {kind: rospy.Publisher(f"/humans/{kind}/tracked", types.IdsList, queue_size=1, latch=True)
                         for kind in ("bodies", "faces")}
        self._matches = rospy.Publisher("/humans/candidate_matches", types.IdsMatch, queue_size=10)
        self._broadcaster = tf2_ros.TransformBroadcaster()

    def on_poses(self, msg, image_msg=None) -> None:
        """HumanPoseArray, with the image it was made from when crops are wanted."""
        image = self._read(image_msg)
        people = {body_id(p.track_id): p for p in msg.poses if p.track_id >= 0}
        for gone in self._bodies.keys() - people.keys():
            for publisher in self._bodies.pop(gone).values():
                publisher.unregister()
        for name, person in people.items():
            topics = self._bodies.setdefault(name, {}) or self._advertise(name)
            topics["skeleton2d"].publish(skeleton_2d(person, msg, self._types))
            topics["roi"].publish(body_roi(person, msg, self._types))
            if image is not None and topics["cropped"].get_num_connections():
                box = person.bbox
                crop = image[box.y_offset:box.y_offset + box.height, box.x_offset:box.x_offset + box.width]
                topics["cropped"].publish(bgr_to_image(np.ascontiguousarray(crop), msg.header))
        self._tracked["bodies"].publish(self._types.IdsList(msg.header, sorted(people)))

    def _read(self, image_msg):
        if image_msg is None or not any(t["cropped"].get_num_connections() for t in self._bodies.values()):
            return None
        try:
            return image_to_bgr(image_msg)
        except BadImage as error:
            rospy.logerr_throttle(5, "%s: no crops: %s", rospy.get_name(), error)
            return None

    def _advertise(self, name):
        roi = getattr(self._types, "NormalizedRegionOfInterest2D", RegionOfInterest)
        kinds = (("skeleton2d", self._types.Skeleton2D), ("roi", roi), ("cropped", Image))
        self._bodies[name] = {topic: rospy.Publisher(f"/humans/bodies/{name}/{topic}", kind, queue_size=1) for topic, kind in kinds}
        return self._bodies[name]

    def on_heads(self, msg) -> None:
        """HeadOrientationArray: frames face_<id>, and that each face belongs to the body of the same id."""
        heads = {body_id(h.track_id): h for h in msg.heads if h.track_id >= 0}
        for name, head in heads.items():
            p = head.pose.position
            self._send(msg.header, f"face_{name}", (p.x, p.y, p.z), head.pose.orientation)
            self._matches.publish(self._types.IdsMatch(name, self._types.IdsMatch.FACE, name, self._types.IdsMatch.BODY, 1.0))
        self._tracked["faces"].publish(self._types.IdsList(msg.header, sorted(heads)))

    def on_poses_3d(self, msg) -> None:
        """HumanPose3DArray: frames body_<id> at the middle of the hips, x forward, z up."""
        for person in (p for p in msg.poses if p.track_id >= 0):
            points = np.array([[k.x, k.y, k.z] for k in person.keypoints])
            rotation = torso_rotation(points, COCO18)
            if rotation is not None:
                hips = points[[COCO18.index("right_hip"), COCO18.index("left_hip")]].mean(0)
                orientation = Quaternion(*Rotation.from_matrix(rotation).as_quat())
                self._send(msg.header, f"body_{body_id(person.track_id)}", hips, orientation)

    def _send(self, header, frame, position, orientation):
        msg = TransformStamped(header=header, child_frame_id=frame)
        msg.transform.translation, msg.transform.rotation = Vector3(*position), orientation
        self._broadcaster.sendTransform(msg)
