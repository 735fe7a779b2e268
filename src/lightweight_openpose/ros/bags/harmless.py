"""Which messages of a bag cannot hold a picture of a face, each by its type and its content."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Iterator, Optional, Type

import genpy
import genpy.message
import numpy as np

from lightweight_openpose.ros.messages.covered_images import LONGEST

from .reading import Record

if TYPE_CHECKING:
    from sensor_msgs.msg import PointCloud2

CLOUD = "sensor_msgs/PointCloud2"
_OF_PACKAGES = {
    "actionlib_msgs": "GoalID GoalStatus GoalStatusArray",
    "bond": "Status",
    "diagnostic_msgs": "DiagnosticArray DiagnosticStatus KeyValue",
    "dynamic_reconfigure": "Config ConfigDescription",
    "geometry_msgs": (
        "Accel AccelStamped AccelWithCovariance AccelWithCovarianceStamped Inertia InertiaStamped "
        "Point Point32 PointStamped Polygon PolygonStamped Pose Pose2D PoseArray PoseStamped "
        "PoseWithCovariance PoseWithCovarianceStamped Quaternion QuaternionStamped Transform "
        "TransformStamped Twist TwistStamped TwistWithCovariance TwistWithCovarianceStamped "
        "Vector3 Vector3Stamped Wrench WrenchStamped"
    ),
    "lightweight_openpose": (
        "HandGesture HeadOrientation HeadOrientationArray HumanPose HumanPose3D HumanPose3DArray "
        "HumanPoseArray Keypoint Keypoint3D PersonEvents PersonEventsArray"
    ),
    "nav_msgs": "MapMetaData Odometry Path",
    "people_msgs": "People Person PersonStamped PositionMeasurement PositionMeasurementArray",
    "rosgraph_msgs": "Clock Log TopicStatistics",
    "sensor_msgs": (
        "BatteryState CameraInfo FluidPressure Illuminance Imu JointState Joy LaserScan "
        "MagneticField MultiDOFJointState NavSatFix NavSatStatus Range RegionOfInterest "
        "RelativeHumidity Temperature TimeReference"
    ),
    "std_msgs": (
        "Bool Byte Char ColorRGBA Duration Empty Float32 Float64 Header Int16 Int32 Int64 Int8 "
        "String Time UInt16 UInt32 UInt64 UInt8"
    ),
    "tf": "tfMessage",
    "tf2_msgs": "TFMessage",
    "trajectory_msgs": "JointTrajectory JointTrajectoryPoint",
    "visualization_msgs": "Marker MarkerArray",
}
TYPES = frozenset(
    f"{package}/{name}" for package, names in _OF_PACKAGES.items() for name in names.split()
)
# Fields of a point cloud that say where a point is, not how it looks. Intensity is a grey value.
_GEOMETRY = frozenset(
    "x y z normal_x normal_y normal_z curvature ring t time timestamp range distance".split()
)
_COLOURED = 200  # points with a colour of their own that a marker may have


def why_not(record: Record) -> str:
    """Why a message might hold a picture; "" where it cannot."""
    if record.datatype not in TYPES:
        return f"{record.datatype} may hold pictures"
    kind = _installed(record.datatype)
    if kind is None or kind._md5sum != record.md5:
        return f"no installed package knows this definition of {record.datatype}"
    try:
        msg = kind().deserialize(record.data)
        written = io.BytesIO()
        msg.serialize(written)
    except Exception:  # damage may come out as anything
        return f"damaged {record.datatype}"
    if len(written.getvalue()) != len(record.data):
        return f"more bytes than a {record.datatype} has"
    return _why_not(msg)


def _why_not(msg: genpy.Message) -> str:
    for part in _parts(msg):
        if isinstance(part, (str, bytes)) and len(part) > LONGEST:
            return f"a text of more than {LONGEST} characters"
        if len(getattr(part, "colors", ())) > _COLOURED:
            return f"a marker with colours of more than {_COLOURED} points"
    return ""


def _parts(value: object) -> Iterator[object]:
    """A message and all messages and texts in it; numbers are left out."""
    if isinstance(value, genpy.Message):
        yield value
        for name in value.__slots__:
            yield from _parts(getattr(value, name))
    elif isinstance(value, (list, tuple)):
        if value and isinstance(value[0], (genpy.Message, str)):
            for item in value:
                yield from _parts(item)
    elif isinstance(value, (str, bytes)):
        yield value


@lru_cache(maxsize=None)
def _installed(datatype: str) -> Optional[Type[genpy.Message]]:
    """Class of one of TYPES, None where its package is not installed."""
    return genpy.message.get_message_class(datatype)


def without_gaps(record: Record) -> bytes:
    """The bytes of a PointCloud2 of geometry with zeros between its fields.

    Raises ValueError with why it might hold a picture.
    """
    kind = _installed(CLOUD)
    if kind is None or kind._md5sum != record.md5:
        raise ValueError(f"no installed package knows this definition of {CLOUD}")
    try:
        cloud = kind().deserialize(record.data)
        _clear_gaps(cloud)
        written = io.BytesIO()
        cloud.serialize(written)
    except _Coloured:
        raise
    except Exception:  # damage may come out as anything
        raise ValueError(f"damaged {CLOUD}") from None
    return written.getvalue()


class _Coloured(ValueError):
    """A cloud has more than the positions of its points."""


_SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 8: 8}  # bytes, by PointField.datatype


def _clear_gaps(cloud: PointCloud2) -> None:
    if len(cloud.header.frame_id) > LONGEST:
        raise _Coloured(f"a text of more than {LONGEST} characters")
    other = [field.name[:40] for field in cloud.fields if field.name not in _GEOMETRY]
    if other:
        raise _Coloured(f"its points have {', '.join(other[:4])}, which may be how they look")
    height, width, step, row = cloud.height, cloud.width, cloud.point_step, cloud.row_step
    rows = np.frombuffer(cloud.data, np.uint8, height * row).reshape(height, row)
    points = rows[:, : width * step].reshape(height, width, step)
    kept = np.zeros_like(points)
    for field in cloud.fields:
        if field.count > 1:
            raise _Coloured(f"its points have {field.count} values of {field.name}")
        place = slice(field.offset, field.offset + _SIZES[field.datatype])
        kept[..., place] = points[..., place]
    cloud.row_step = width * step
    cloud.data = kept.tobytes()
