#!/usr/bin/env python3
"""Publishes footage that was decoded beforehand at a steady rate: the source of pipeline.py, which
starts it.
"""

import argparse
import time

import cv2
import rospy
from sensor_msgs.msg import CompressedImage, Image

from lightweight_openpose.ros.plumbing.process_tuning import tune_for_images


def load(video, width, height, count, compressed):
    """Messages of the first frames of a clip, scaled."""
    capture = cv2.VideoCapture(video)
    messages = []
    while len(messages) < count:
        ok, frame = capture.read()
        if not ok:
            break
        frame = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        if compressed:
            data = cv2.imencode(".jpg", frame)[1].tobytes()
            msg = CompressedImage(format="jpeg", data=data)
        else:
            data = frame.tobytes()
            msg = Image(height=height, width=width, encoding="bgr8", step=3 * width, data=data)
        messages.append(msg)
    return messages


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--rate", type=float, default=30.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--compressed", action="store_true")
    arguments = parser.parse_args(rospy.myargv()[1:])
    messages = load(arguments.video, *map(int, arguments.size.split("x")), 60, arguments.compressed)
    tune_for_images()
    rospy.init_node("player")
    topic = "image/compressed" if arguments.compressed else "image"
    publisher = rospy.Publisher(topic, type(messages[0]), queue_size=1)
    while publisher.get_num_connections() == 0 and not rospy.is_shutdown():
        time.sleep(0.01)
    start = time.monotonic()
    i = 0
    while time.monotonic() - start < arguments.seconds and not rospy.is_shutdown():
        msg = messages[i % len(messages)]
        msg.header.stamp = rospy.Time.now()
        publisher.publish(msg)
        i += 1
        time.sleep(max(0.0, start + i / arguments.rate - time.monotonic()))


if __name__ == "__main__":
    main()
