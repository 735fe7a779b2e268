"""camera_node as the campaign watches it."""

import time

import rospy
from sensor_msgs.msg import CameraInfo, Image

from .processes import Node, script, within

_REOPENED = 30.0  # s; between two trials of a lost camera lie up to 10
_PATIENCE = 1.0  # s without a frame, or of the same one, after which the node says so


class Film:
    """camera_node and the images that it sends."""

    def __init__(self, source, **parameters):
        self._infos = {}  # stamp -> (width, height)
        self._sizes = {}
        options = {"source": source, "patience": _PATIENCE, **parameters}
        arguments = [f"_{name}:={value}" for name, value in options.items()]
        self._heard = [
            rospy.Subscriber("/film/image_raw", Image, self._on(self._sizes), queue_size=50),
            rospy.Subscriber("/film/camera_info", CameraInfo, self._on(self._infos), queue_size=50),
        ]
        self.node = Node(*script("camera"), "__ns:=/film", *arguments)

    @staticmethod
    def _on(book):
        return lambda msg: book.update({msg.header.stamp: (msg.width, msg.height)})

    def flows(self, timeout=20.0, frames=3):
        """Whether that many images come from now on."""
        before = len(self._sizes)
        return within(timeout, lambda: len(self._sizes) >= before + frames)

    def said(self, text):
        """How often the node said something."""
        return self.node.said().count(text)

    def unlike(self):
        """How many images have no calibration of their stamp and size."""
        pairs = list(self._sizes.items())[:-1]  # the last one's may be on its way
        return sum(self._infos.get(stamp) != size for stamp, size in pairs)

    def close(self):
        self.node.close()
        for subscriber in self._heard:
            subscriber.unregister()


def trials_of(film, trials, harm, mend, signs, rng):
    """Do harm and mend it that often; signs: what the node says once of each, "" for nothing."""
    if not film.flows(60, 5):
        yield f"no images before any harm: {film.node.said()[-200:]}"
        return
    for trial in range(1, trials + 1):
        time.sleep(rng.uniform(0.1, 1.0))
        harm()
        told = not signs[0] or within(15, lambda: film.said(signs[0]) >= trial)
        mend()
        # Images sent before the harm may arrive late: what flows again comes after the sign.
        told = told and (not signs[1] or within(_REOPENED, lambda: film.said(signs[1]) >= trial))
        flows = film.flows()
        often = max(film.said(sign) for sign in signs if sign) > trial if any(signs) else False
        if not flows:
            yield "no images after it"
        elif not told:
            yield f"it is not said: {film.node.said()[-200:]}"
        elif often:
            yield "it is said more than once"
        elif film.node.exits:
            yield f"the node ended with {film.node.exits}"
        else:
            yield f"{film.unlike()} images without their calibration" if film.unlike() else ""
