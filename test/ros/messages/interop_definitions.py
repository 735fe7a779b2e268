"""Message classes of other packages, generated from definitions written for these tests."""

import sys
import types

import genpy.dynamic

_BAR = "\n" + "=" * 80 + "\n"
_PARTS = {
    "std_msgs/Header": "uint32 seq\ntime stamp\nstring frame_id\n",
    "std_msgs/Int32": "int32 data\n",
    "geometry_msgs/Point": "float64 x\nfloat64 y\nfloat64 z\n",
    "geometry_msgs/Quaternion": "float64 x\nfloat64 y\nfloat64 z\nfloat64 w\n",
    "geometry_msgs/Pose": "geometry_msgs/Point position\ngeometry_msgs/Quaternion orientation\n",
    "geometry_msgs/PoseWithCovariance": "geometry_msgs/Pose pose\nfloat64[36] covariance\n",
    "geometry_msgs/Pose2D": "float64 x\nfloat64 y\nfloat64 theta\n",
    "sensor_msgs/Image": "std_msgs/Header header\nuint32 height\nuint32 width\n"
    "string encoding\nuint8 is_bigendian\nuint32 step\n"
    "uint8[] data\n",
    "hri_msgs/IdsList": "std_msgs/Header header\nstring[] ids\n",
    "hri_msgs/IdsMatch": "int8 UNSET=0\nint8 PERSON=1\nint8 FACE=2\nint8 BODY=3\n"
    "int8 VOICE=4\nstring id1\nint8 id1_type\nstring id2\n"
    "int8 id2_type\nfloat32 confidence\n",
    "hri_msgs/NormalizedPointOfInterest2D": "float32 x\nfloat32 y\nfloat32 c\n",
    "hri_msgs/NormalizedRegionOfInterest2D": "std_msgs/Header header\nfloat32 xmin\n"
    "float32 ymin\nfloat32 xmax\nfloat32 ymax\nfloat32 c\n",
    "hri_msgs/Skeleton2D": "std_msgs/Header header\nuint8 NOSE=0\nuint8 NECK=1\n"
    "uint8 RIGHT_SHOULDER=2\nuint8 RIGHT_ELBOW=3\n"
    "uint8 RIGHT_WRIST=4\nuint8 LEFT_SHOULDER=5\nuint8 LEFT_ELBOW=6\nuint8 LEFT_WRIST=7\n"
    "uint8 RIGHT_HIP=8\n"
    "uint8 RIGHT_KNEE=9\nuint8 RIGHT_ANKLE=10\nuint8 LEFT_HIP=11\nuint8 LEFT_KNEE=12\n"
    "uint8 LEFT_ANKLE=13\n"
    "uint8 LEFT_EYE=14\nuint8 RIGHT_EYE=15\nuint8 LEFT_EAR=16\nuint8 RIGHT_EAR=17\n"
    "hri_msgs/NormalizedPointOfInterest2D[] skeleton\n",
    "jsk_recognition_msgs/PeoplePose": "string[] limb_names\ngeometry_msgs/Pose[] poses\n"
    "float32[] scores\n",
    "jsk_recognition_msgs/PeoplePoseArray": "std_msgs/Header header\n"
    "jsk_recognition_msgs/PeoplePose[] poses\n",
    "jsk_recognition_msgs/Segment": "geometry_msgs/Point start_point\n"
    "geometry_msgs/Point end_point\n",
    "jsk_recognition_msgs/HumanSkeleton": "std_msgs/Header header\nstring[] bone_names\n"
    "jsk_recognition_msgs/Segment[] bones\n",
    "jsk_recognition_msgs/HumanSkeletonArray": "std_msgs/Header header\n"
    "std_msgs/Int32[] human_ids\n"
    "jsk_recognition_msgs/HumanSkeleton[] skeletons\n",
    "spencer_tracking_msgs/DetectedPerson": "string MODALITY_GENERIC_MONOCULAR_VISION=mono\n"
    "string MODALITY_GENERIC_RGBD=rgbd\n"
    "uint64 detection_id\nfloat64 confidence\ngeometry_msgs/PoseWithCovariance pose\n"
    "string modality\n",
    "spencer_tracking_msgs/DetectedPersons": "std_msgs/Header header\n"
    "spencer_tracking_msgs/DetectedPerson[] detections\n",
    "vision_msgs/ObjectHypothesisWithPose": "int64 id\nfloat64 score\n"
    "geometry_msgs/PoseWithCovariance pose\n",
    "vision_msgs/BoundingBox2D": "geometry_msgs/Pose2D center\nfloat64 size_x\nfloat64 size_y\n",
    "vision_msgs/Detection2D": "std_msgs/Header header\n"
    "vision_msgs/ObjectHypothesisWithPose[] results\n"
    "vision_msgs/BoundingBox2D bbox\nsensor_msgs/Image source_img\n",
    "vision_msgs/Detection2DArray": "std_msgs/Header header\n"
    "vision_msgs/Detection2D[] detections\n",
    "people_msgs/Person": "string name\ngeometry_msgs/Point position\n"
    "geometry_msgs/Point velocity\nfloat64 reliability\n"
    "string[] tagnames\nstring[] tags\n",
    "people_msgs/People": "std_msgs/Header header\npeople_msgs/Person[] people\n",
}


def _with_parts(name):
    """Definition of a message followed by those of all it is made of, as genpy wants it."""
    found, left = [], [name]
    while left:
        part = left.pop(0)
        if part not in found:
            found.append(part)
            words = [line.split()[0].split("[")[0] for line in _PARTS[part].splitlines()]
            left += [w for w in words if "/" in w]
    return _PARTS[name] + "".join(f"{_BAR}MSG: {part}\n{_PARTS[part]}" for part in found[1:])


def module_of(package):
    """A module with the package's message classes, like <package>.msg."""
    module = types.ModuleType(f"{package}.msg")
    for name in (n for n in _PARTS if n.startswith(package + "/")):
        setattr(
            module,
            name.split("/")[1],
            genpy.dynamic.generate_dynamic(name, _with_parts(name))[name],
        )
    return module


def install():
    """Make `import hri_msgs.msg` and the like work in this process."""
    for package in (
        "hri_msgs",
        "jsk_recognition_msgs",
        "spencer_tracking_msgs",
        "vision_msgs",
        "people_msgs",
    ):
        parent = types.ModuleType(package)
        parent.msg = module_of(package)
        sys.modules[package], sys.modules[f"{package}.msg"] = parent, parent.msg
