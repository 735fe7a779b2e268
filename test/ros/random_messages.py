"""Messages as damaged drivers and bad networks would send them, by a seeded generator."""

import cv2
import hostile
import numpy as np
from lightweight_openpose.msg import HumanPose, HumanPoseArray, Keypoint
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

ENCODINGS = (
    "bgr8 rgb8 bgra8 rgba8 mono8 mono16 bgr16 rgb16 8UC1 8UC2 8UC3 8UC4 8SC1 16UC1 16SC1 32SC1 "
    "32FC1 32FC3 64FC1 64FC4 bayer_rggb8 bayer_bggr8 bayer_gbrg8 bayer_grbg8 bayer_rggb16 yuv422 "
    "yuv422_yuy2 nv21 nv24"
).split()
NONSENSE = (
    "",
    "bgr9",
    "BGR8",
    "8UC",
    "8UC0",
    "8UC513",
    "99UC3",
    "16UC1; compressedDepth",
    "\x00",
    "é",
    "x" * 5000,
    "bgr8\n",
    "32FC-1",
)
SIZES = (0, 1, 2, 3, 7, 16, 33, 64, 120, 640, 1080, 4096, 8191, 8192, 65535, 65537, (1 << 32) - 1)
NUMBERS = (0.0, -0.0, 1.0, -1.0, 1e-300, 1e6, 3e9, -3e9, 1e300, np.inf, -np.inf, np.nan)
_LONGEST = 1 << 18  # bytes of data that are really made


def _one_of(rng, choices):
    return choices[rng.integers(len(choices))]


def _number(rng):
    return float(_one_of(rng, NUMBERS)) if rng.random() < 0.5 else float(rng.normal(0, 100))


def _float32(rng):
    """The same as a message can hold it that has no more room."""
    with np.errstate(over="ignore"):
        return float(np.float32(_number(rng)))


def _data(rng, length):
    """Bytes of about that length: right, short, long or none."""
    error = _one_of(rng, (0, 0, 0, -1, 1, 1000, -length))
    count = min(max(0, length + error), _LONGEST)
    noise = rng.integers(0, 256, count, np.uint8)
    if count >= 8 and rng.random() < 0.3:  # NaN and infinity for those who read floats
        noise[: count // 4 * 4].view("<f4")[:] = _one_of(rng, (np.nan, np.inf, -np.inf, 3e38))
    return noise.tobytes()


def image(rng, encodings=ENCODINGS):
    """An Image of any size and encoding, whose step and data may fit."""
    small = rng.random() < 0.6
    height, width = (int(_one_of(rng, SIZES[:9] if small else SIZES)) for _ in range(2))
    encoding = str(_one_of(rng, encodings if rng.random() < 0.8 else NONSENSE))
    step = int(width * _one_of(rng, (1, 2, 3, 4, 6, 8, 12)) + _one_of(rng, (0, 0, 0, 5, -1)))
    step = min(max(0, step), (1 << 32) - 1)
    big = int(_one_of(rng, (0, 0, 1, 255)))
    return Image(
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=big,
        step=step,
        data=_data(rng, min(step * height, 2 * _LONGEST)),
    )


def depth(rng):
    """The same, more often of depth."""
    return image(rng, ("16UC1", "32FC1", "mono16"))


def compressed(rng, depth=False):
    """A JPEG or PNG in which bytes are changed, cut off or added."""
    pixels = rng.integers(0, 256, (rng.integers(1, 64), rng.integers(1, 64), 3), np.uint8)
    suffix = ".png" if depth else str(_one_of(rng, (".jpg", ".png")))
    if depth:
        pixels = pixels[:, :, 0].astype(np.uint16) * 256
    data = bytearray(cv2.imencode(suffix, pixels)[1].tobytes())
    for _ in range(rng.integers(0, 6)):
        data[rng.integers(len(data))] = rng.integers(256)
    if rng.random() < 0.3:
        del data[rng.integers(len(data)) :]
    if rng.random() < 0.1:
        data += bytes(rng.integers(0, 256, 500, np.uint8))
    head = bytes(rng.integers(0, 256, 12, np.uint8)) if depth else b""
    kind = "16UC1; compressedDepth png" if depth else suffix[1:]
    return CompressedImage(format=kind, data=head + bytes(data))


def camera_info(rng):
    """A calibration of any numbers."""
    info = hostile.camera_info()
    if rng.random() < 0.5:
        info.D = [_number(rng) for _ in range(_one_of(rng, (0, 3, 4, 5, 8, 12, 14, 1000)))]
    for name in ("K", "R", "P"):
        values = list(getattr(info, name))
        for _ in range(_one_of(rng, (0, 1, 3))):
            values[rng.integers(len(values))] = _number(rng)
        setattr(info, name, values)
    info.width, info.height = (int(_one_of(rng, SIZES)) for _ in range(2))
    info.distortion_model = str(_one_of(rng, ("plumb_bob", "", "equidistant", "5", "\x00")))
    info.binning_x = int(_one_of(rng, (0, 1, 2, (1 << 32) - 1)))
    return info if rng.random() < 0.95 else CameraInfo()


def poses(rng):
    """An array of people of any coordinates."""
    people = []
    for _ in range(_one_of(rng, (0, 1, 1, 2, 50))):
        count = int(_one_of(rng, (18, 18, 18, 18, 0, 17, 19, 300)))
        joints = [Keypoint(rng.normal(30, 10), rng.normal(20, 10), 0.5) for _ in range(count)]
        for _ in range(_one_of(rng, (0, 0, 1, 3)) if count else 0):
            joints[rng.integers(count)] = Keypoint(*(_float32(rng) for _ in range(3)))
        score = 0.5 if rng.random() < 0.8 else _float32(rng)
        hand = [Keypoint(*(_float32(rng) for _ in range(3)))] * _one_of(rng, (0, 0, 0, 21, 20))
        face = [Keypoint(*(_float32(rng) for _ in range(3)))] * _one_of(rng, (0, 0, 0, 32, 68))
        people.append(
            HumanPose(
                track_id=int(_one_of(rng, (-1, 0, 3, -(1 << 31)))),
                score=score,
                num_keypoints=min(count, 255),
                keypoints=joints,
                right_hand=hand,
                face=face,
            )
        )
    size = (hostile.HEIGHT, hostile.WIDTH)
    if rng.random() < 0.2:
        size = (int(_one_of(rng, SIZES)), int(_one_of(rng, SIZES)))
    name = "coco18" if rng.random() < 0.9 else str(_one_of(rng, NONSENSE))
    return HumanPoseArray(skeleton=name, height=size[0], width=size[1], poses=people)
