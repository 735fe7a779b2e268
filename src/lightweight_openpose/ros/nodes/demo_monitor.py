"""Watches the demo: progress, the frame that shows most, a summary, and why it cannot go on."""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Set, Tuple, Type

import rospy
from rosgraph_msgs.msg import Log
from sensor_msgs.msg import CameraInfo, Image

from lightweight_openpose.display.drawing import count_people
from lightweight_openpose.files import replacing
from lightweight_openpose.msg import HeadOrientationArray, HumanPoseArray
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import PeopleInImage
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES, POSE_BYTES
from lightweight_openpose.settings import setting
from lightweight_openpose.video import write_image

from .demo_summary import FRAME, MONITOR, SUMMARY, closing_lines, count_ids
from .demo_watch import Delays, FrameChoice, NodeWatch, Turns, awaited, is_upright

START_TIMEOUT = 90.0  # s until the first poses must have come
END_SILENCE = 3.0  # s without poses after the camera has gone
NO_FRAME = "the source gave no frame"
GIVE_UP = 5.0  # s without a frame after the camera reported that something is wrong
TELL_EVERY = 2.0  # s
REMIND_EVERY = 5.0  # s, of what is waited for
CAMERA = "camera/camera_node"


@dataclass(frozen=True)
class DemoMonitorSettings:
    """Parameters of demo_monitor_node."""

    out: str = setting("lightweight_openpose_demo", "folder for the picture and the summary")


class DemoMonitor:
    """Counts what the nodes of the demo publish."""

    def __init__(self, settings: DemoMonitorSettings):
        self._out = Path(settings.out).expanduser()
        self._out.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._health = StreamHealth()
        self._offered = 0  # frames of the camera
        self._size: Optional[Tuple[int, int]] = None  # (width, height) of the frames [px]
        self._frames = 0  # of them with an answer
        self._heads = 0  # of them with a head's orientation
        self._people: List[int] = []  # per frame
        self._delays = Delays()  # from the image to its poses
        self._ids: Set[int] = set()  # of tracks
        self._reported: Set[str] = set()  # what the camera goes on without
        self._start = time.monotonic()
        self._first: Optional[float] = None  # s, arrival of the first poses
        self._last: Optional[float] = None  # s
        self._fatal = ""  # what a node logged when it could not go on
        # (s, text) of the camera, until a frame comes.
        self._complaint: Optional[Tuple[float, str]] = None
        self._choice = FrameChoice()
        self._turns = Turns()
        # Publisher for the camera, once every node is there.
        self._answers: Optional[rospy.Publisher] = None
        self._camera = NodeWatch(CAMERA)
        self._finished = False
        self._subscribe()

    def _subscribe(self) -> None:
        on_image = guarded(self._health, self._on_image)
        drawn = "pose_visualizer/image"
        drawings = rospy.Subscriber(drawn, Image, on_image, queue_size=1, buff_size=BUFFER_BYTES)
        self._poses = self._listen("pose_estimator/poses", HumanPoseArray, self._on_poses)
        heads = self._listen("head_orientation/heads", HeadOrientationArray, self._on_heads)
        self._results = [self._poses, heads, drawings]
        self._listen("/rosout", Log, self._on_log)
        self._listen("camera/camera_info", CameraInfo, self._on_info)

    def _listen(
        self, topic: str, kind: Type[rospy.Message], callback: Callable[[Any], object]
    ) -> rospy.Subscriber:
        callback = guarded(self._health, callback)
        return rospy.Subscriber(topic, kind, callback, queue_size=50, buff_size=POSE_BYTES)

    def _on_log(self, msg: Log) -> None:
        text = msg.msg.split(" Trying again")[0]
        if msg.level >= Log.FATAL:
            self._fatal = text
        elif msg.level == Log.ERROR and msg.name == rospy.resolve_name(CAMERA):
            if text != msg.msg:
                self._complaint = self._complaint or (time.monotonic(), text)
            elif text not in self._reported:  # rosout is latched: its last line may come twice
                self._reported.add(text)
                print(f"demo: {text}", flush=True)

    def _on_info(self, msg: CameraInfo) -> None:
        self._delays.begin(msg.header.stamp)
        self._offered += 1
        self._size = (msg.width, msg.height)
        self._complaint = None

    def _on_poses(self, people: PeopleInImage) -> None:
        self._last = time.monotonic()
        self._first = self._first or self._last
        self._frames += 1
        stamp, poses = people.header.stamp, people.poses
        self._delays.end(stamp)
        self._people.append(len(poses))
        self._ids.update(p.track_id for p in poses if p.track_id >= 0)
        with self._lock:
            tracked = all(p.track_id >= 0 for p in poses)
            self._choice.on_poses(stamp, [p.score for p in poses], tracked)
            self._turns.on_poses(people.header)
            self._answer()

    def _on_heads(self, msg: HeadOrientationArray) -> None:
        self._heads += bool(msg.heads)
        with self._lock:
            self._choice.on_heads(msg.header.stamp, sum(map(is_upright, msg.heads)))

    def _on_image(self, msg: Image) -> None:
        with self._lock:
            try:
                if self._choice.is_best(msg.header.stamp):
                    write_image(self._out / FRAME, image_to_bgr(msg))
            finally:
                self._turns.on_drawing(msg.header.stamp)
                self._answer()

    def _answer(self) -> None:
        if self._answers is None:
            return
        header = self._turns.take()
        if header is not None:
            self._answers.publish(HumanPoseArray(header=header))  # its stamp is all that counts

    def _open_the_gate(self) -> None:
        """A file begins to play when it finds a publisher here: every node must be there first."""
        if self._answers is None and all(s.get_num_connections() for s in self._results):
            self._answers = rospy.Publisher("~poses", HumanPoseArray, queue_size=5)

    def run(self) -> int:
        """Watch until the source ends, a node cannot go on or the user stops it; exit status."""
        reported = 0.0
        waiting = ""
        while not rospy.is_shutdown():
            time.sleep(0.2)
            self._camera.update()
            self._open_the_gate()
            now = time.monotonic()
            fault = self._fatal or self._stuck(now)
            if fault:
                return self.finish(fault)
            silence = min(now - (self._last or self._start), self._camera.gone_for(now))
            if silence > END_SILENCE:
                break
            if self._first is None:
                before = waiting
                waiting = awaited(self._poses.get_num_connections() > 0, self._size)
                if waiting != before or now - reported > REMIND_EVERY:
                    reported = now
                    self._tell_waiting(waiting, now)
            elif self._frames > 1 and now - max(reported, self._first) > TELL_EVERY:
                reported = now
                self._tell()
        return self.finish()

    def _stuck(self, now: float) -> str:
        """Why nothing more will come, "" while it may."""
        if self._complaint and now - self._complaint[0] > GIVE_UP:
            return self._complaint[1]
        if self._last is None and now - self._start > START_TIMEOUT:
            return f"no poses within {START_TIMEOUT:.0f} s"
        return ""

    def _tell_waiting(self, what: str, now: float) -> None:
        seconds = f" ({now - self._start:.0f} s)" if now - self._start > REMIND_EVERY else ""
        print(f"demo: waiting for {what}{seconds}", flush=True)

    def _tell(self) -> None:
        # tools/demo.sh shows the lines that begin like this.
        print(
            f"demo: {self._frames} frames, {count_people(self._people[-1])} now, "
            f"{count_ids(len(self._ids))} so far, {self._fps():.1f} fps",
            flush=True,
        )

    def _fps(self) -> float:
        """Answers per second from the first poses to the last."""
        if self._first is None or self._last is None:
            return 0.0
        return (self._frames - 1) / max(self._last - self._first, 1e-3)

    def finish(self, error: str = "") -> int:
        """Write and tell the summary once; 0 when people were found."""
        if self._finished:
            return 0
        self._finished = True
        error = error or self._fault()
        summary = self._summary(error)
        with replacing(self._out / SUMMARY) as partial:
            partial.write_text(json.dumps(summary, indent=1) + "\n")
        lines = [f"cannot go on: {error}"] if error else closing_lines(summary, self._out)
        print("\n".join(lines), flush=True)
        return 1 if error else 0

    def _fault(self) -> str:
        if any(self._people):
            return ""
        return f"no person was found in {self._frames} frames" if self._frames else NO_FRAME

    def _summary(self, error: str) -> Dict[str, Any]:
        summary: Dict[str, Any] = {
            "ok": not error,
            "error": error,
            "frames_offered": max(self._offered, self._frames),
            "frames_processed": self._frames,
            "people_in_median_frame": statistics.median(self._people) if self._people else 0,
            "most_people_in_a_frame": max(self._people, default=0),
            "track_ids": len(self._ids),
            "frames_with_head_orientation": self._heads,
        }
        if self._frames > 1:
            summary["fps"] = round(self._fps(), 1)
            summary.update(self._delays.summary())
        return summary


def main() -> None:
    """Watch the demo; exits with 1 when it found nobody."""
    params.wait_for_master()
    rospy.init_node(MONITOR)
    monitor = DemoMonitor(params.read(DemoMonitorSettings))
    rospy.on_shutdown(monitor.finish)
    sys.exit(monitor.run())
