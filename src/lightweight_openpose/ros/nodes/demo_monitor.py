"""Watches the demo: progress, one message as `rostopic echo` shows it, a picture, and a closing summary."""
from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from pathlib import Path

import cv2
import rospy
from sensor_msgs.msg import CameraInfo, Image

from lightweight_openpose.msg import HeadOrientationArray, HumanPoseArray
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES

START_TIMEOUT = 90.0  # s until the first poses must have come
END_SILENCE = 3.0     # s without poses after the camera has gone


class DemoMonitor:
    def __init__(self, out: Path):
        self._out = out
        self._out.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._offered = self._frames = self._heads = 0
        self._people, self._ages, self._ids = [], [], set()
        self._first = self._last = None
        self._sample = None
        self._best = (-1, -1)
        self._finished = False
        self._subscribers = [
            rospy.Subscriber("camera/camera_info", CameraInfo, self._on_info, queue_size=50),
            rospy.Subscriber("pose_estimator/poses", HumanPoseArray, self._on_poses, queue_size=50),
            rospy.Subscriber("head_orientation/heads", HeadOrientationArray, self._on_heads, queue_size=50),
            rospy.Subscriber("pose_visualizer/image", Image, self._on_image, queue_size=1, buff_size=BUFFER_BYTES)]

    def _on_info(self, _):
        self._offered += 1

    def _on_poses(self, msg):
        now = time.monotonic()
        self._first, self._last = self._first or now, now
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
        start, told = time.monotonic(), 0.0
        while not rospy.is_shutdown():
            time.sleep(0.2)
            now = time.monotonic()
            if self._last is None and now - start > START_TIMEOUT:
                return self.finish(f"no poses within {START_TIMEOUT:.0f} s; see the log above for the reason")
            if self._gone() and now - max(self._last or start, start) > END_SILENCE:
                break
            if self._frames and now - told > 2:
                told = now
                print(f"  {self._frames} frames, {self._people[-1]} people now, {len(self._ids)} ids so far, "
                      f"{self._frames / max(self._last - self._first, 1e-3):.1f} fps", flush=True)
        return self.finish()

    @staticmethod
    def _gone() -> bool:
        try:
            return "/camera/image_raw" not in dict(rospy.get_published_topics())
        except OSError:
            return False

    def finish(self, error: str = "") -> int:
        """Print and write the summary once; 0 when people were found."""
        if self._finished:
            return 0
        self._finished = True
        if not error and not any(self._people):
            error = f"no person was found in {self._frames} frames" if self._frames else "the source gave no frame"
        if self._sample is not None:
            print(f"\nOne message, as `rostopic echo /head_orientation/heads` shows it:\n{self._sample}\n---")
        summary = {"ok": not error, "error": error, "frames_offered": self._offered, "frames_processed": self._frames,
                   "people_in_median_frame": statistics.median(self._people) if self._people else 0,
                   "most_people_in_a_frame": max(self._people, default=0), "track_ids": len(self._ids),
                   "frames_with_head_orientation": self._heads}
        if self._frames > 1:
            ages = sorted(self._ages)
            summary.update(fps=round((self._frames - 1) / max(self._last - self._first, 1e-3), 1),
                           latency_ms_median=round(ages[len(ages) // 2], 1),
                           latency_ms_p95=round(ages[int(0.95 * (len(ages) - 1))], 1))
        (self._out / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
        print("\nSummary\n" + "\n".join(f"  {k.replace('_', ' ')}: {v}" for k, v in summary.items()), flush=True)
        return 0 if not error else 1


def main() -> None:
    params.wait_for_master()
    rospy.init_node("demo_monitor")
    monitor = DemoMonitor(Path(params.get("out", "lightweight_openpose_demo")).expanduser())
    rospy.on_shutdown(monitor.finish)
    sys.exit(monitor.run())
