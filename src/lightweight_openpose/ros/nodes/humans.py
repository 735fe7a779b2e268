"""People the ROS4HRI way (REP-155): /humans/bodies, /humans/faces and their frames."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import numpy as np
import rospy
from sensor_msgs.msg import Image, RegionOfInterest

from lightweight_openpose.geometry.human_model import Body
from lightweight_openpose.msg import HeadOrientationArray
from lightweight_openpose.poses import Pose, Skeleton
from lightweight_openpose.ros.messages.images import bgr_to_image, image_to_bgr
from lightweight_openpose.ros.messages.interop.hri import body_id, body_roi, skeleton_2d
from lightweight_openpose.ros.messages.people import PeopleInImage
from lightweight_openpose.ros.messages.people_3d import People3D
from lightweight_openpose.ros.messages.transforms import quaternion_of, transform
from lightweight_openpose.ros.plumbing.frame_sender import FrameSender
from lightweight_openpose.ros.plumbing.retire import retire
from lightweight_openpose.video import BadImage, BitsInUse

from .human_models import HumanModels

# Body id -> the pose and its bounding box.
_Seen = Dict[str, Tuple[Pose, RegionOfInterest]]


class Humans:
    """Publishes bodies and faces; topics of a body exist while it is tracked.

    At most max_bodies have topics at a time, for each takes file descriptors: those who have them
    keep them, and the nearest get those that become free.
    """

    def __init__(self, types: Any, skeleton: Skeleton, max_bodies: int, frame_prefix: str = ""):
        """types: hri_msgs.msg; skeleton: of the poses; frame_prefix: of the frames sent.

        REP-155 has no prefix.
        """
        self.left_out = 0  # people so far, of all messages, who were one too many
        self._max_bodies = max_bodies
        self._types = types
        self._skeleton = skeleton
        self._bits = BitsInUse()  # of the images that crops are of
        self._prefix = frame_prefix
        self._models = HumanModels(frame_prefix)
        self._bodies: Dict[str, Dict[str, rospy.Publisher]] = {}  # by body id, topic
        self._tracked = {
            kind: rospy.Publisher(
                f"/humans/{kind}/tracked", types.IdsList, queue_size=1, latch=True
            )
            for kind in ("bodies", "faces")
        }
        self._matches = rospy.Publisher("/humans/candidate_matches", types.IdsMatch, queue_size=10)
        self._sender = FrameSender()

    def on_poses(self, people: PeopleInImage, image_msg: Optional[Image] = None) -> None:
        """Poses, with the image that they were found in when crops are wanted."""
        image = self._read(image_msg)
        seen = zip(people.poses, people.boxes)
        bodies = self._chosen({body_id(p.track_id): (p, box) for p, box in seen if p.track_id >= 0})
        for gone in self._bodies.keys() - bodies.keys():
            for publisher in self._bodies.pop(gone).values():
                retire(publisher)
        for name, (pose, box) in bodies.items():
            if name not in self._bodies:
                self._bodies[name] = self._advertise(name)
            self._publish_body(self._bodies[name], pose, box, people, image)
        self._tracked["bodies"].publish(self._types.IdsList(people.header, sorted(bodies)))

    def _chosen(self, people: _Seen) -> _Seen:
        """Those of the tracked people who have topics, or get them now."""
        surplus = len(people) - self._max_bodies
        if surplus <= 0:
            return people
        if not self.left_out:
            text = (
                "%s: %d people are more than ~max_bodies (%d): those who have topics keep them, "
                "others wait until one is free, the nearest first"
            )
            rospy.logwarn(text, rospy.get_name(), len(people), self._max_bodies)
        self.left_out += surplus
        first = sorted(people, key=lambda name: (name not in self._bodies, -_area(people[name][1])))
        return {name: people[name] for name in first[: self._max_bodies]}

    def _publish_body(
        self,
        topics: Dict[str, rospy.Publisher],
        pose: Pose,
        box: RegionOfInterest,
        people: PeopleInImage,
        image: Optional[np.ndarray],
    ) -> None:
        topics["skeleton2d"].publish(skeleton_2d(pose, people, self._types, self._skeleton))
        topics["roi"].publish(body_roi(pose, box, people, self._types))
        if image is not None and topics["cropped"].get_num_connections():
            x, y = box.x_offset, box.y_offset
            crop = image[y : y + box.height, x : x + box.width]
            topics["cropped"].publish(bgr_to_image(np.ascontiguousarray(crop), people.header))

    def _read(self, image_msg: Optional[Image]) -> Optional[np.ndarray]:
        """The image, where somebody wants crops of it."""
        wanted = any(topics["cropped"].get_num_connections() for topics in self._bodies.values())
        if image_msg is None or not wanted:
            return None
        try:
            return image_to_bgr(image_msg, self._bits)
        except BadImage as error:
            rospy.logerr_throttle(5, "%s: no crops: %s", rospy.get_name(), error)
            return None

    def _advertise(self, name: str) -> Dict[str, rospy.Publisher]:
        kinds = {
            "skeleton2d": self._types.Skeleton2D,
            "roi": getattr(self._types, "NormalizedRegionOfInterest2D", RegionOfInterest),
            "cropped": Image,
        }
        return {
            topic: rospy.Publisher(f"/humans/bodies/{name}/{topic}", kind, queue_size=1)
            for topic, kind in kinds.items()
        }

    def on_heads(self, msg: HeadOrientationArray) -> None:
        """Heads: frames face_<id>; a face belongs to the body of the same id.

        What has no body is no face: heads of objects come in the same messages.
        """
        heads = {body_id(h.track_id): h for h in msg.heads if h.track_id >= 0}
        heads = {name: head for name, head in heads.items() if name in self._bodies}
        match = self._types.IdsMatch
        for name, head in heads.items():
            at = head.pose.position
            frame = f"{self._prefix}face_{name}"
            place = transform(msg.header, frame, (at.x, at.y, at.z), head.pose.orientation)
            self._sender.send([place])
            self._matches.publish(match(name, match.FACE, name, match.BODY, 1.0))
        self._tracked["faces"].publish(self._types.IdsList(msg.header, sorted(heads)))

    def on_poses_3d(self, people: People3D) -> None:
        """People in metres: frames body_<id> at the middle of the hips, x forward, z up.

        With measured distances joint states and URDF, too: bodies of guessed ones are flat. Who has
        no topics is left out, as in on_heads.
        """
        tracked = {body_id(p.track_id): p for p in people.poses if p.track_id >= 0}
        tracked = {name: person for name, person in tracked.items() if name in self._bodies}
        self._models.keep([] if people.estimated else tracked)
        for name, person in tracked.items():
            body = Body.of(person.keypoints[:, :3], self._skeleton)
            if body is None:
                continue
            rotation = quaternion_of(body.rotation)
            place = transform(people.header, f"{self._prefix}body_{name}", body.origin, rotation)
            self._sender.send([place])
            if not people.estimated:
                self._models.update(name, body, people.header)

    def close(self) -> None:
        """The node ends: no body is left."""
        self._models.keep([])


def _area(box: RegionOfInterest) -> int:
    """Area of a bounding box [px^2]: it stands for how near somebody is."""
    return box.width * box.height
