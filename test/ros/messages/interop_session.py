"""The other side of the interop node in test_other_packages.py.

Sends people and checks what comes back; exits with 1 when it is wrong.
"""

import math
import sys
import time
from pathlib import Path
from xmlrpc.client import ServerProxy

import interop_definitions as definitions
import rosgraph
import rospy
import tf2_ros
from diagnostic_msgs.msg import DiagnosticArray
from lightweight_openpose.msg import (
    HeadOrientation,
    HeadOrientationArray,
    HumanPose3DArray,
    HumanPoseArray,
)
from sensor_msgs.msg import JointState
from test_other_packages import message_2d, message_3d

from people import body

NO_PERSON = 99  # track id of a head without a body
BODIES = {"aaaae": 4, "aaaah": 7}  # body ids of track ids
MAX_BODIES = 4  # as the node was told
TOPICS = 4  # of a body
SPARE = 4  # descriptors of connections that come and go


def standing_3d(ids):
    """People in metres, so that they have bodies."""
    msg = message_3d(ids)
    for person in msg.poses:
        for keypoint, (x, y, z) in zip(person.keypoints, body(3.0)):
            keypoint.x, keypoint.y, keypoint.z = x, y, z
    return msg


def until(condition, what, seconds=15):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            sys.exit(f"{what} did not happen")
        time.sleep(0.05)


def wait_for_master():
    until(lambda: rosgraph.is_master_online(), "a master")


def main():
    wait_for_master()
    rospy.init_node("session")
    hri, jsk = definitions.module_of("hri_msgs"), definitions.module_of("jsk_recognition_msgs")
    got = {}

    def listen(topic, kind):
        got[topic] = []
        return rospy.Subscriber(topic, kind, got[topic].append, queue_size=50)

    kept = [
        listen("/humans/bodies/tracked", hri.IdsList),
        listen("/humans/faces/tracked", hri.IdsList),
        listen("/humans/bodies/aaaae/skeleton2d", hri.Skeleton2D),
        listen("/humans/candidate_matches", hri.IdsMatch),
        listen("/humans/bodies/aaaae/joint_states", JointState),
        listen("/interop/people_pose", jsk.PeoplePoseArray),
        listen("/interop/skeletons", jsk.HumanSkeletonArray),
        listen(
            "/interop/detected_persons",
            definitions.module_of("spencer_tracking_msgs").DetectedPersons,
        ),
        listen("/interop/detections", definitions.module_of("vision_msgs").Detection2DArray),
        listen("/interop/people", definitions.module_of("people_msgs").People),
    ]
    send = {
        name: rospy.Publisher(name, kind, queue_size=5)
        for name, kind in (
            ("/poses", HumanPoseArray),
            ("/poses_3d", HumanPose3DArray),
            ("/heads", HeadOrientationArray),
        )
    }
    until(lambda: all(p.get_num_connections() for p in send.values()), "a connection of the node")
    buffer = tf2_ros.Buffer()
    kept.append(tf2_ros.TransformListener(buffer))

    def show(ids, skeleton="coco18"):
        now = rospy.Time.now()
        messages = (
            message_2d(ids),
            standing_3d(ids),
            HeadOrientationArray(heads=[HeadOrientation(track_id=i) for i in (*ids, NO_PERSON)]),
        )
        for (name, publisher), msg in zip(send.items(), messages):
            msg.header.stamp, msg.header.frame_id = now, "eye"
            if hasattr(msg, "skeleton"):
                msg.skeleton = skeleton
            for head in getattr(msg, "heads", []):
                head.pose.position.z, head.pose.orientation.w = 2.0, 1.0
            publisher.publish(msg)
        time.sleep(0.1)

    def topics():
        return {name for name, _ in rospy.get_published_topics("/humans/bodies")}

    end = time.time() + 15
    while time.time() < end and not all(len(v) > 2 for v in got.values()):
        show((4, 7))
    empty = [topic for topic, messages in got.items() if len(messages) <= 2]
    if empty:
        sys.exit(f"nothing on {empty}")
    time.sleep(1.0)  # for what is still on its way
    heard = {topic: len(messages) for topic, messages in got.items() if "faces" not in topic}
    for _ in range(3):
        show((4, 7, 8), skeleton="submarine")
    changed = [topic for topic, count in heard.items() if len(got[topic]) > count]
    assert set(changed) <= {"/humans/candidate_matches"}, changed  # of the bodies that are known
    assert got["/humans/bodies/tracked"][-1].ids == sorted(BODIES), got["/humans/bodies/tracked"][
        -1
    ]
    assert got["/humans/faces/tracked"][-1].ids == sorted(BODIES)
    assert (
        got["/humans/candidate_matches"][-1].id1_type,
        got["/humans/candidate_matches"][-1].id2_type,
    ) == (2, 3)
    ids = [d.detection_id for m in got["/interop/detected_persons"] for d in m.detections]
    assert ids == sorted(set(ids)), ids
    until(lambda: buffer.can_transform("eye", "face_aaaae", rospy.Time(0)), "a frame of the face")
    assert (
        buffer.lookup_transform("eye", "face_aaaae", rospy.Time(0)).transform.translation.z == 2.0
    )
    kinds = ("roi", "cropped", "skeleton2d", "joint_states")
    assert {f"/humans/bodies/{b}/{t}" for b in BODIES for t in kinds} <= topics(), topics()
    states = got["/humans/bodies/aaaae/joint_states"][-1]
    angles = dict(zip(states.name, states.position))
    assert states.header.frame_id == "eye" and abs(angles["l_knee_aaaae"]) < 0.2, angles
    urdf = rospy.get_param("/human_description_aaaae")
    assert urdf.startswith("<robot") and 'name="l_knee_aaaae"' in urdf
    for _ in range(3):
        show((7,))
    until(
        lambda: not any("/aaaae/" in t for t in topics()),
        "the end of the topics of a body that left",
    )
    assert any("/aaaah/" in t for t in topics())
    assert not rospy.has_param("/human_description_aaaae")
    assert rospy.has_param("/human_description_aaaah")
    show(())
    until(lambda: got["/humans/bodies/tracked"][-1].ids == [], "an empty list")
    until(lambda: not rospy.has_param("/human_description_aaaah"), "the end of the last URDF")
    assert not math.isnan(got["/humans/bodies/aaaae/skeleton2d"][-1].skeleton[0].x)
    check_crowds(show, got["/humans/bodies/tracked"])


def check_crowds(show, tracked):
    """100 new ids in each message: MAX_BODIES have topics, whose descriptors go back."""
    uri = rosgraph.Master("/session").lookupNode("/interop")
    folder = Path("/proc", str(ServerProxy(uri).getPid("/session")[2]), "fd")

    def descriptors():
        return len(list(folder.iterdir()))

    before, most = descriptors(), 0
    for first in range(1000, 3000, 100):
        show(range(first, first + 100))
        most = max(most, descriptors())
    assert most <= before + TOPICS * MAX_BODIES + SPARE, (before, most)
    assert most > before and max(len(msg.ids) for msg in tracked) == MAX_BODIES
    show(())
    until(lambda: tracked[-1].ids == [] and descriptors() <= before + SPARE, "the end of the crowd")
    left_out = []
    listener = rospy.Subscriber(
        "/diagnostics",
        DiagnosticArray,
        lambda msg: left_out.extend(
            int(v.value) for s in msg.status for v in s.values if v.key == "bodies left out"
        ),
    )
    until(lambda: left_out and left_out[-1] >= 100 - MAX_BODIES, "a count of those left out")
    listener.unregister()


if __name__ == "__main__":
    main()
