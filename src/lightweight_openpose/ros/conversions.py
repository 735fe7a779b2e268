"""Messages <-> the core's types. Pure functions: no node, no clock, no parameters."""
from __future__ import annotations

import cv2
import numpy as np
from cv_bridge import CvBridge, CvBridgeError
from geometry_msgs.msg import Point, Pose as PoseMsg, Quaternion
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import RegionOfInterest

from ..head_orientation import HeadPose, camera_matrix
from ..msg import HeadOrientation, HumanPose, HumanPoseArray, Keypoint
from ..pose import Pose, missing_keypoints
from ..preprocessing import BadImage
from ..skeleton import Skeleton

_BRIDGE = CvBridge()
# Bare channel types say nothing of colour: take them as cameras mean them.
_MEANT = {"8UC1": "mono8", "8UC3": "bgr8", "8UC4": "bgra8", "16UC1": "mono16"}


def image_to_bgr(msg) -> np.ndarray:
    """sensor_msgs/Image or CompressedImage -> (H, W, 3) uint8 BGR. Raises BadImage with the reason."""
    if not hasattr(msg, "encoding"):
        return _decompress(msg)
    if msg.height == 0 or msg.width == 0:
        raise BadImage(f"image of zero size: height {msg.height}, width {msg.width}")
    if len(msg.data) < msg.step * msg.height:
        raise BadImage(f"image data is too short: {len(msg.data)} bytes, step {msg.step} x height {msg.height} "
                       f"= {msg.step * msg.height} expected")
    encoding = _MEANT.get(msg.encoding, msg.encoding)
    try:
        depth, channels = _BRIDGE.encoding_to_dtype_with_channels(encoding)
    except (CvBridgeError, KeyError, TypeError) as error:
        raise BadImage(f"unknown image encoding '{msg.encoding}'") from error
    least = msg.width * channels * np.dtype(depth).itemsize
    if msg.step < least:
        raise BadImage(f"image step {msg.step} is less than the {least} bytes that a row of {msg.width} px in "
                       f"{msg.encoding} takes")
    if encoding == "bgr8":
        rows = np.frombuffer(msg.data, np.uint8, msg.step * msg.height).reshape(msg.height, msg.step)
        return rows[:, :msg.width * 3].reshape(msg.height, msg.width, 3)
    original, msg.encoding = msg.encoding, encoding
    try:
        return _BRIDGE.imgmsg_to_cv2(msg, "bgr8")
    except (CvBridgeError, cv2.error, ValueError, TypeError) as error:
        raise BadImage(f"cannot turn encoding '{original}' into bgr8: {str(error)[:160]}") from error
    finally:
        msg.encoding = original


def _decompress(msg) -> np.ndarray:
    data = np.frombuffer(msg.data, np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if image is None:
        raise BadImage(f"compressed image of format '{msg.format}' and {len(data)} bytes cannot be decoded; is it corrupt?")
    return image


def bgr_to_image(image: np.ndarray, header):
    """(H, W, 3) uint8 BGR -> sensor_msgs/Image in bgr8 with this header."""
    msg = _BRIDGE.cv2_to_imgmsg(image, "bgr8")
    msg.header = header
    return msg


def poses_to_msg(poses, header, height: int, width: int, skeleton: Skeleton) -> HumanPoseArray:
    """Poses of one image -> message with the image's own header."""
    return HumanPoseArray(header=header, skeleton=skeleton.name, height=height, width=width,
                          poses=[_pose_to_msg(p, height, width) for p in poses])


def _pose_to_msg(pose: Pose, height, width) -> HumanPose:
    rows = pose.keypoints.tolist()
    return HumanPose(track_id=pose.track_id, score=pose.score, num_keypoints=pose.num_keypoints,
                     bbox=_region(pose, height, width), keypoints=[Keypoint(*row) for row in rows])


def _region(pose, height, width) -> RegionOfInterest:
    if pose.num_keypoints == 0:
        return RegionOfInterest()
    x, y, w, h = pose.bbox
    x0, y0 = (int(np.clip(np.floor(v), 0, limit - 1)) for v, limit in ((x, width), (y, height)))
    x1, y1 = (int(np.clip(np.ceil(v), 0, limit - 1)) for v, limit in ((x + w, width), (y + h, height)))
    return RegionOfInterest(x_offset=x0, y_offset=y0, width=x1 - x0 + 1, height=y1 - y0 + 1)


def msg_to_pose(msg: HumanPose) -> Pose:
    """HumanPose -> Pose; inverse of poses_to_msg but for the rounding to float32."""
    keypoints = missing_keypoints(len(msg.keypoints))
    for i, k in enumerate(msg.keypoints):
        keypoints[i] = (k.x, k.y, k.score)
    return Pose(keypoints, msg.score, msg.track_id)


def head_to_msg(head: HeadPose, track_id: int) -> HeadOrientation:
    quaternion = Quaternion(*Rotation.from_matrix(head.rotation).as_quat())
    return HeadOrientation(track_id=track_id, yaw=head.yaw, pitch=head.pitch, roll=head.roll,
                           pose=PoseMsg(Point(*head.translation), quaternion),
                           reprojection_error=head.reprojection_error, num_keypoints=head.num_keypoints)


def intrinsics(info, height: int, width: int, assumed_fov: float, rectified: bool):
    """CameraInfo (or None) -> (3x3 matrix, distortion, assumed) for an image of height x width [px].

    K of zeros (uncalibrated) or anything not finite gives the matrix of an ideal camera with horizontal field of view
    assumed_fov [rad], and assumed = True. A calibration made at another size is scaled to this one.
    """
    if info is not None:
        values = np.array(info.P if rectified else info.K, float).reshape(3, -1)[:, :3].copy()
        distortion = np.zeros(0) if rectified else np.array(info.D, float)
        if values[0, 0] > 0 and np.isfinite(values).all() and np.isfinite(distortion).all():
            if info.width and info.height and (info.width, info.height) != (width, height):
                values[0] *= width / info.width
                values[1] *= height / info.height
            return values, distortion, False
    return camera_matrix(width, height, assumed_fov), np.zeros(0), True
