"""A hand that is drawn, with its forearm: networks of hands take it for one."""

import cv2
import numpy as np

from lightweight_openpose.estimation.arms import Arm

SIZE = 320  # [px] height and width of the picture
WRIST = (160, 205)
# From the palm to the tip, thumb first.
FINGERS = (
    ((135, 185), (112, 165), (97, 148), (85, 132)),
    ((138, 135), (130, 105), (126, 85), (123, 68)),
    ((158, 130), (157, 97), (156, 75), (156, 56)),
    ((177, 135), (182, 105), (186, 85), (189, 68)),
    ((194, 147), (205, 125), (211, 110), (216, 96)),
)
PALM = ((140, 210), (137, 140), (158, 133), (178, 138), (192, 150), (182, 210))
JOINTS = np.array([WRIST, *(joint for finger in FINGERS for joint in finger)], float)
ARM = Arm(np.array((160.0, 215)), np.array((160.0, 420)))
BACKGROUND, SKIN, EDGE = (120, 140, 110), (150, 180, 225), (110, 135, 185)


def drawn_hand() -> np.ndarray:
    """Picture, BGR (SIZE, SIZE, 3) uint8, of an open hand with JOINTS [px] at the end of ARM."""
    picture = np.full((SIZE, SIZE, 3), BACKGROUND, np.uint8)
    for color, wider in ((EDGE, 3), (SKIN, 0)):
        cv2.line(picture, (160, 330), WRIST, color, 44 + wider, cv2.LINE_AA)
        palm = np.array([PALM], np.int32)
        cv2.fillPoly(picture, palm, color, cv2.LINE_AA)
        cv2.polylines(picture, palm, True, color, 16 + wider, cv2.LINE_AA)
        cv2.line(picture, WRIST, FINGERS[0][0], color, 22 + wider, cv2.LINE_AA)
        for finger in FINGERS:
            for one, other in zip(finger, finger[1:]):
                cv2.line(picture, one, other, color, 16 + wider, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 1.0)
