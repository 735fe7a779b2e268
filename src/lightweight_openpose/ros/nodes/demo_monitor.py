"""Watches the demo: progress, one message as `rostopic echo` shows it, a picture, a summary."""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import rospy
from sensor_msgs.msg import CameraInfo, Image

from lightweight_openpose.msg import HeadOrientationArray, HumanPoseArray
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES

START_TIMEOUT = 90.0  # s until the first poses must have come
END_SILENCE = 3.0  # s without poses after the camera has gone
TELL_EVERY = 2.0  # s


@dataclass(frozen=True)
class DemoMonitorSettings:
    """Parameters of demo_monitor_node."""

    out: str = "lightweight_openpose_demo"  # folder for the picture and the summary


class DemoMonitor:
    """Counts what the nodes of the demo publish."""

    def __init__(self, settings: DemoMonitorSettings):
        self._out = Path(settings.out).expanduser()
        self._out.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._offered = 0  # frames of the camera
        self._frames = 0  # of them with an answer
        self._heads = 0  # of them with a head's orientation
        self._people = []  # per frame
        self._ages = []  # per frame, of the poses [ms]
        self._ids = set()
        self._first = None  # s, arrival of the first poses
        self._last = None  # s
        self._sample = None
        self._best = (-1, -1)
        self._finished = False
        self._subscribers = self._subscribe()

    def _subscribe(self):
        heads, image = "head_orientation/heads", "pose_visualizer/image"
        return [
            rospy.Subscriber("camera/camera_info", CameraInfo, self._on_info, queue_size=50),
            rospy.Subscriber("pose_estimator/poses", HumanPoseArray, self._on_poses, queue_size=50),
            rospy.Subscriber(heads, HeadOrientationArray, self._on_heads, queue_size=50),
            rospy.Subscriber(image, Image, self._on_image, queue_size=1, buff_size=BUFFER_BYTES),
        ]

    def _on_info(self, _):
        self._offered += 1

    def _on_poses(self, msg):
        self._last = time.monotonic()
        self._first = self._first or self._last
        self._frames += 1
        self._ages.append((rospy.Time.now() - msg.header.stamp).to_sec() * 1000)
        self._people.append(len(msg.poses))
        self._ids.update(p.track_id for p in msg.poses if p.track_id >= 0)

    def _on_heads(self, msg):
        self._heads += bool(msg.heads)
        if msg.heads and self._sample is None:
            self._sample = msg

    def _on_image(self, msg):
        with self._lock:
            quality = (self._heads > 0, self._people[-1] if self._people else 0)
            if quality > self._best:
                self._best = quality
                cv2.imwrite(str(self._out / "frame.png"), image_to_bgr(msg))

    def run(self) -> int:
        """Watch until the source ends or the user stops it; exit status."""
        start = time.monotonic()
        told = 0.0
        while not rospy.is_shutdown():
            time.sleep(0.2)
            now = time.monotonic()
            if self._last is None and now - start > START_TIMEOUT:
                reason = "see the log above for the reason"
                return self.finish(f"no poses within {START_TIMEOUT:.0f} s; {reason}")
            if self._gone() and now - max(self._last or start, start) > END_SILENCE:
                break
            if self._frames and now - told > TELL_EVERY:
                told = now
                self._tell()
        return self.finish()

    @staticmethod
    def _gone() -> bool:
        try:
            return "/camera/image_raw" not in dict(rospy.get_published_topics())
        except OSError:
            return False

    def _tell(self):
        seconds = max(self._last - self._first, 1e-3)
        print(
            f"  {self._frames} frames, {self._people[-1]} people now, {len(self._ids)} ids so far, "
            f"{self._frames / seconds:.1f} fps",
            flush=True,
        )

    def finish(self, error: str = "") -> int:
        """Print and write the summary once; 0 when people were found."""
        if self._finished:
            return 0
        self._finished = True
        error = error or self._fault()
        if self._sample is not None:
            title = "One message, as `rostopic echo /head_orientation/heads` shows it:"
            print(f"\n{title}\n{self._sample}\n---")
        summary = self._summary(error)
        (self._out / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
        lines = [f"  {name.replace('_', ' ')}: {value}" for name, value in summary.items()]
        print("\n".join(["\nSummary", *lines]), flush=True)
        return 1 if error else 0

    def _fault(self) -> str:
        if any(self._people):
            return ""
        if self._frames:
            return f"no person was found in {self._frames} frames"
        return "the source gave no frame"

    def _summary(self, error) -> dict:
        summary = {
            "ok": not error,
            "error": error,
            "frames_offered": self._offered,
            "frames_processed": self._frames,
            "people_in_median_frame": statistics.median(self._people) if self._people else 0,
            "most_people_in_a_frame": max(self._people, default=0),
            "track_ids": len(self._ids),
            "frames_with_head_orientation": self._heads,
        }
        if self._frames > 1:
            ages = sorted(self._ages)
            seconds = max(self._last - self._first, 1e-3)
            summary["fps"] = round((self._frames - 1) / seconds, 1)
            summary["latency_ms_median"] = round(ages[len(ages) // 2], 1)
            summary["latency_ms_p95"] = round(ages[int(0.95 * (len(ages) - 1))], 1)
        return summary


def main() -> None:
    """Watch the demo; exits with 1 when it found nobody."""
    params.wait_for_master()
    rospy.init_node("demo_monitor")
    monitor = DemoMonitor(params.read(DemoMonitorSettings))
    rospy.on_shutdown(monitor.finish)
    sys.exit(monitor.run())
