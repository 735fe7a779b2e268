#!/usr/bin/env python3
"""Every node refuses a parameter that it does not have; camera_node takes the names of usb_cam."""

import os
import subprocess
import sys

import rospy
import rostest
from sensor_msgs.msg import Image

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)  # catkin runs a copy of this script elsewhere
from camera_process import ROOT, CameraCase, CameraProcess  # noqa: E402

MISSPELT = {  # node -> misspelt parameter, the right one
    "camera": ("framerat", "framerate"),
    "head_orientation": ("target_fram", "target_frame"),
    "interop": ("output", "outputs"),
    "pose_3d": ("assumed_height", "assume_height"),
    "pose_estimator": ("input_hight", "input_height"),
    "pose_events": ("skeletn", "skeleton"),
    "pose_visualizer": ("recrod", "record"),
    "replay": ("play_arg", "play_args"),
    "web_view": ("prot", "port"),
}


class ParametersTest(CameraCase):
    def test_every_node_refuses_what_it_does_not_have_and_names_the_nearest(self):
        scripts = os.path.join(ROOT, "scripts")
        processes = {}
        for node, (name, _) in MISSPELT.items():
            command = [sys.executable, os.path.join(scripts, f"{node}_node.py")]
            processes[node] = subprocess.Popen(
                [*command, f"__name:=odd_{node}", f"_{name}:=1"],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                universal_newlines=True,
            )
            self.addCleanup(processes[node].kill)
        for node, (name, right) in MISSPELT.items():
            said, _ = processes[node].communicate(timeout=120)
            self.assertEqual(processes[node].returncode, 1, said)
            refusal = f"/odd_{node}/{name} is no parameter of this node: did you mean {right}?"
            self.assertEqual(said.count(refusal), 1, said)
            self.assertNotIn("Traceback", said)
            self.assertFalse(rospy.has_param(f"/odd_{node}/{name}"))

    def test_a_launch_file_of_usb_cam_starts_the_camera(self):
        names = dict(video_device=self.still, camera_frame_id="head_camera", io_method="mmap")
        with CameraProcess("/usb", self.folder, hold=30, **names) as camera:
            image = rospy.wait_for_message("/usb/image_raw", Image, 30)
            self.assertEqual(image.header.frame_id, "head_camera")
            self.assertEqual(camera.said("~video_device is taken as ~source"), 1)


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "parameters", ParametersTest, sys.argv)
