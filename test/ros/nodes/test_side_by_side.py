#!/usr/bin/env python3
"""people.launch: two cameras side by side, and what each of its switches starts."""

import os
import sys
import unittest
import urllib.request

import cv2
import numpy as np
import rospy
import rostest
from cv_bridge import CvBridge
from lightweight_openpose.msg import PersonEventsArray
from roslaunch.config import ROSLaunchConfig
from roslaunch.xmlloader import XmlLoader
from sensor_msgs.msg import CameraInfo, Image
from tf2_msgs.msg import TFMessage

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, HERE)  # catkin runs a copy of this script elsewhere
from inbox import Inbox, wait_for_status, wait_until  # noqa: E402

NODES = {"pose_estimator", "head_orientation", "pose_3d", "pose_visualizer", "pose_events"}
SHARED = {"/tf", "/tf_static", "/rosout", "/rosout_agg", "/diagnostics"}
TOPICS = {  # name -> image, depth, calibration
    "front": (
        "/front_camera/color/image_raw",
        "/front_camera/depth/image_raw",
        "/front_camera/color/camera_info",
    ),
    "left": ("/left/camera/image_raw", "/left/camera/depth", "/left/camera/camera_info"),
}
FOCAL, BODY, WALL = 500.0, 3.0, 5.0  # px, m, m


class Camera:
    """A depth camera that sees somebody who walks 3 m away."""

    def __init__(self, name):
        photograph = cv2.imread(os.path.join(ROOT, "doc", "own_model.jpg"))
        self.image = cv2.resize(photograph[190:390, 1160:1345], None, fx=2, fy=2)
        self.frame = f"{name}_optical"
        self.bridge = CvBridge()
        image, depth, info = TOPICS[name]
        self.images = rospy.Publisher(image, Image, queue_size=2)
        self.depths = rospy.Publisher(depth, Image, queue_size=2)
        self.infos = rospy.Publisher(info, CameraInfo, queue_size=1, latch=True)
        height, width = self.image.shape[:2]
        calibration = CameraInfo(height=height, width=width, distortion_model="plumb_bob")
        calibration.header.frame_id = self.frame
        calibration.D = [0.0] * 5
        calibration.K = [FOCAL, 0, width / 2, 0, FOCAL, height / 2, 0, 0, 1]
        self.infos.publish(calibration)
        self.depth = np.full((height, width), 1000 * WALL, np.uint16)
        self.depth[20:-10, 100:-100] = 1000 * BODY

    def listeners(self):
        """How many nodes are connected to the images, and to the depth."""
        return self.images.get_num_connections(), self.depths.get_num_connections()

    def listened_to(self):
        return self.listeners() == (2, 1)  # estimator and visualiser; pose_3d

    def send(self):
        stamp = rospy.Time.now()
        for publisher, values, encoding in (
            (self.depths, self.depth, "16UC1"),
            (self.images, self.image, "bgr8"),
        ):
            msg = self.bridge.cv2_to_imgmsg(values, encoding)
            msg.header.stamp, msg.header.frame_id = stamp, self.frame
            publisher.publish(msg)
        return stamp


def started_by(*arguments):
    """{name: node} of people.launch with these arguments, and its parameters."""
    config = ROSLaunchConfig()
    path = os.path.join(ROOT, "launch", "people.launch")
    XmlLoader().load(path, config, argv=list(arguments), verbose=False)
    return {n.namespace + n.name: n for n in config.nodes}, config.params


class PeopleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("people_test")
        cls.transforms = {}  # child -> parent
        # From the start, as nodes of users do that start with these.
        cls.listening = [rospy.Subscriber(t, TFMessage, cls.on_tf) for t in ("/tf", "/tf_static")]
        cls.cameras = {name: Camera(name) for name in TOPICS}
        drawn = {f"/{name}/pose_visualizer/image" for name in TOPICS}
        # rospy at times misses a publisher that comes at the moment of the subscription.
        assert wait_until(lambda: drawn <= set(dict(rospy.get_published_topics())))
        cls.drawn = [rospy.Subscriber(topic, Image) for topic in drawn]

    @classmethod
    def on_tf(cls, msg):
        for transform in msg.transforms:
            cls.transforms[transform.child_frame_id] = transform.header.frame_id

    def test_two_cameras_have_no_name_in_common(self):
        for camera in self.cameras.values():
            self.assertTrue(wait_until(camera.listened_to), camera.listeners())
        with Inbox("/front/pose_events/events", PersonEventsArray) as front, Inbox(
            "/left/pose_events/events", PersonEventsArray
        ) as left:
            for _ in range(4):
                sent = [(inbox, camera.send()) for inbox, camera in self.paired(front, left)]
                answers = [inbox.wait(stamp, 20) for inbox, stamp in sent]
        self.assertEqual([len(answer.people) for answer in answers], [1, 1])
        frames = ("head_0", "human_0", "people_view")
        expected = {f"{name}/{f}": f"{name}_optical" for name in TOPICS for f in frames}

        def all_came():  # a transform that is sent before this node is connected is lost
            for camera in self.cameras.values():
                camera.send()
            return self.transforms == expected

        came = wait_until(all_came)
        self.assertTrue(came, None if came else (self.transforms, self.states()))
        nodes, topics = self.names()
        started = NODES | {"web_view", "eye/camera_node"}
        self.assertEqual(nodes, {f"/{name}/{node}" for name in TOPICS for node in started})
        of_each = [
            {t.split("/", 2)[2] for t in topics if t.startswith(f"/{name}/")} for name in TOPICS
        ]
        self.assertEqual(of_each[0], of_each[1])
        self.assertLessEqual({"pose_3d/poses_3d", "eye/image_raw"}, of_each[0])
        self.assertEqual(len(of_each[0]) + len(of_each[1]), len(topics))
        services = set(dict(rospy.get_master().getSystemState()[2][2]))
        for name in TOPICS:
            self.assertIn(f"/{name}/eye/set_camera_info", services)
        known = ("/front/", "/left/", "/rosout/", f"{rospy.get_name()}/")
        self.assertEqual([s for s in services if not s.startswith(known)], [])

    def test_two_camera_nodes_have_frames_and_calibrations_of_their_own(self):
        for name in TOPICS:
            msg = rospy.wait_for_message(f"/{name}/eye/camera_info", CameraInfo, 30)
            self.assertEqual(msg.header.frame_id, f"{name}_eye_optical_frame")
            self.assertEqual((msg.width, msg.height), (320, 240))

    def states(self):
        """What pose_3d says of itself, and the nodes that are connected."""
        told = [
            wait_for_status(lambda s, n=n: f"{n}/pose_3d: people" in s.name, 10) for n in TOPICS
        ]
        return told, [link[1] for each in self.listening for link in each.impl.get_stats_info()]

    def paired(self, front, left):
        return ((front, self.cameras["front"]), (left, self.cameras["left"]))

    def names(self):
        """Nodes and topics of people.launch that the master knows."""
        publishers = dict(rospy.get_master().getSystemState()[2][0])
        nodes = set(publishers["/rosout"]) - {rospy.get_name()}
        return nodes, {t for t, by in publishers.items() if set(by) & nodes} - SHARED

    def test_each_camera_has_a_page(self):
        for port in (28081, 28082):
            page = f"http://127.0.0.1:{port}/"
            self.assertTrue(wait_until(lambda page=page: self.answers(page), 20), page)

    def answers(self, page):
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            return direct.open(page, timeout=5).status == 200
        except OSError:
            return False

    def test_the_least_is_poses_heads_and_a_drawing(self):
        nodes, params = started_by()
        self.assertEqual(set(nodes), {"/pose_estimator", "/head_orientation", "/pose_visualizer"})
        self.assertEqual(params["/head_orientation/frame_prefix"].value, "")
        remaps = dict(nodes["/head_orientation"].remap_args)
        self.assertEqual(remaps["camera_info"], "camera/camera_info")

    def test_without_heads_nobody_waits_for_them(self):
        nodes, params = started_by("heads:=false", "events:=true")
        self.assertEqual(set(nodes), {"/pose_estimator", "/pose_visualizer", "/pose_events"})
        for node in ("pose_visualizer", "pose_events"):
            self.assertIs(params[f"/{node}/heads"].value, False)

    def test_camera_info_lies_beside_the_image(self):
        nodes, _ = started_by("image:=/camera/color/image_raw", "ns:=front")
        remaps = dict(nodes["/front/pose_visualizer"].remap_args)
        self.assertEqual(remaps["image"], "/camera/color/image_raw")
        self.assertEqual(remaps["camera_info"], "/camera/color/camera_info")

    def test_depth_of_its_own_camera_and_a_target_frame_reach_the_nodes(self):
        nodes, params = started_by("depth:=/camera/depth/image_rect_raw", "target_frame:=map")
        remaps = dict(nodes["/pose_3d"].remap_args)
        self.assertEqual(remaps["depth/camera_info"], "/camera/depth/camera_info")
        for node in ("pose_3d", "head_orientation"):
            self.assertEqual(params[f"/{node}/target_frame"].value, "map")

    def test_rviz_looks_into_the_namespace(self):
        color = "image:=/camera/color/image_raw"
        for arguments, frame in (
            ([color], "camera_color_optical_frame"),
            ([color, "depth:=/camera/depth", "ns:=front"], "front/people_view"),
        ):
            nodes, _ = started_by("rviz:=true", *arguments)
            (rviz,) = (node for node in nodes.values() if node.type == "rviz")
            self.assertTrue(rviz.args.endswith(f"-f {frame}"), rviz.args)
            remaps = dict(rviz.remap_args)
            self.assertEqual(remaps["/pose_visualizer/image"], "pose_visualizer/image")


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "side_by_side", PeopleTest)
