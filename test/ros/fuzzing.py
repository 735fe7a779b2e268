"""What the core makes of random messages: an answer that is right, or a named refusal."""

import numpy as np
import random_messages

from lightweight_openpose.geometry.head import solve_head
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.depth import depth_to_metres
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.reading import read
from lightweight_openpose.ros.messages.validation import BadMessage
from lightweight_openpose.ros.plumbing.reasons import reason_of
from lightweight_openpose.video.images import BadImage

_CAMERA = camera_of(None, 48, 64, 1.0, False)


def _image(msg):
    pixels = image_to_bgr(msg)
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.size


def _depth(msg):
    metres = depth_to_metres(msg)
    assert metres.dtype == np.float32 and metres.ndim == 2
    assert np.all(np.isnan(metres) | (np.isfinite(metres) & (metres > 0)))


def _compressed_depth(rng):
    return random_messages.compressed(rng, depth=True)


def _info(msg):
    read(msg)
    for rectified in (False, True):
        camera = camera_of(msg, 48, 64, 1.0, rectified)
        assert np.isfinite(camera.matrix).all() and camera.matrix[0, 0] > 0


def _poses(msg):
    for pose in read(msg, COCO18).poses[:3]:
        keypoints = pose.keypoints
        assert keypoints.shape == (18, 3)
        head, reason = solve_head(keypoints, _CAMERA, 0.1, None)
        assert reason if head is None else np.isfinite(head.rotation).all()


KINDS = {  # name -> (maker of messages, what the core does with one)
    "images": (random_messages.image, _image),
    "JPEG and PNG": (random_messages.compressed, _image),
    "depth": (random_messages.depth, _depth),
    "compressedDepth": (_compressed_depth, _depth),
    "camera_info": (random_messages.camera_info, _info),
    "pose arrays": (random_messages.poses, _poses),
}


def outcome(kind, rng):
    """Try one random message: True when it was used, False when it was refused by name."""
    make, use = KINDS[kind]
    try:
        use(make(rng))
    except (BadImage, BadMessage) as error:
        reason = reason_of(error)
        assert "\n" not in reason and 10 < len(reason) <= 300, reason
        return False
    return True
