"""Hides the heads in images of a bag; anything else that might hold a picture is left out."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Collection, Dict, List, Optional, Sequence, Tuple, Union

from lightweight_openpose.display.anonymizer import Anonymizer
from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.poses import Pose
from lightweight_openpose.ros.messages.covered_images import anonymize_message

from .harmless import CLOUD, why_not, without_gaps
from .reading import Record
from .topics import IMAGES

if TYPE_CHECKING:
    from sensor_msgs.msg import CompressedImage, Image


class BagAnonymizer:
    """Hides the heads in the images of some topics, each topic by itself."""

    def __init__(self, estimator: PoseEstimator, topics: Sequence[str], how: str):
        """how: "blur" or "box". Raises ValueError for a skeleton without a head."""
        self._how = how
        self._cameras = {topic: Anonymizer(estimator, how) for topic in topics}
        self.estimator = self._cameras[topics[0]].estimator

    def shown(self, found: List[Pose]) -> List[Pose]:
        """Those of the poses found by `estimator` that the estimator given at first finds."""
        return next(iter(self._cameras.values())).shown(found)

    def anonymized(
        self,
        record: Record,
        msg: Union[Image, CompressedImage],
        found: Sequence[Pose],
        tracked: Sequence[Pose],
        stamp: float,
    ) -> bytes:
        """An image message of a topic with the heads hidden, as bytes.

        msg: the record's; found: by `estimator`; tracked: those that are shown, in their order,
        with their ids; stamp: [s]. Raises BadImage for what cannot be anonymized.
        """
        boxes = self._cameras[record.topic].boxes(found, tracked, stamp)
        anonymize_message(msg, boxes, self._how)
        written = io.BytesIO()
        msg.serialize(written)
        return written.getvalue()


class Gate:
    """Lets through what cannot hold a picture, and keeps account of the rest."""

    def __init__(self, keep: Collection[str] = ()):
        """keep: topics that are let through whatever they hold."""
        self._keep = frozenset(keep)
        self._rejection_counts: Dict[str, Counter] = {}

    def keeps(self, topic: str) -> bool:
        """Whether a topic is let through whatever it holds."""
        return topic in self._keep

    def passed(self, record: Record) -> Optional[bytes]:
        """The bytes of a message that may go; None for one that may not."""
        try:
            if record.datatype == CLOUD:
                return without_gaps(record)
            reason = _why_not_image(record) if record.datatype in IMAGES else why_not(record)
        except ValueError as error:
            reason = str(error)
        if reason:
            self.refuse(record.topic, reason)
        return None if reason else record.data

    def refuse(self, topic: str, reason: str) -> None:
        """Count a message that may not go."""
        self._rejection_counts.setdefault(topic, Counter())[reason] += 1

    @property
    def left_out(self) -> Dict[str, Tuple[int, str]]:
        """Topic -> how many of its messages were left out, and why most of them."""
        return {
            topic: (sum(counts.values()), counts.most_common(1)[0][0])
            for topic, counts in sorted(self._rejection_counts.items())
        }


def _why_not_image(record: Record) -> str:
    """Why an image is not anonymized; distances and grey of 16 bits look alike."""
    msg = record.message()
    name = msg.encoding if hasattr(msg, "encoding") else msg.format
    return f"pictures, distances or grey ({name.strip()[:40]}) that are not anonymized"
