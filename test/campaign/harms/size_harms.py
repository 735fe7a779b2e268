"""Images and crowds that are as large as any will be."""

import copy
import itertools
import time
from pathlib import Path

from . import message_harms
from .processes import memory_mb, within
from .stream_harms import Scene

_SIDE = 4480  # px of a square image of 60 MB
_PEOPLE = 50
_GROWTH = 1.05  # of the resident set after the second image
_PATIENCE = 20.0  # s for an answer: 50 heads take a busy machine a while
_NEW = 100  # people of a message whom none before had
_OF_BODIES = 32 * 4  # descriptors of topics: of each of ~max_bodies
_SPARE = 4  # descriptors of connections that come and go
_CROWDED = ("pose_visualizer", "pose_3d", "pose_events", "head_orientation", "interop")


def large_image(rng, trials):
    """One image of 60 MB among others: it is answered, and leaves no memory behind."""
    with Scene(rng, 0) as scene:
        scene.flows(60)
        resident = []
        for _ in range(trials):
            scene.wait()
            scene.camera.on = False
            scene.camera.size = lambda: (_SIDE, _SIDE)
            frame = scene.camera.send()
            answered = within(30, lambda: scene.accountant.is_answered(frame))
            scene.camera.usual()
            flows = scene.flows()
            resident.append(memory_mb(scene.node.process.pid))
            if not answered or not flows:
                yield "no poses after it" if answered else "it is not answered"
            elif len(resident) > 2 and resident[-1] > _GROWTH * resident[1]:
                yield f"memory grew from {resident[1]:.0f} to {resident[-1]:.0f} MB"
            else:
                yield scene.accountant.take_faults()


def _crowd(make, count=_PEOPLE, first_ids=itertools.repeat(0)):
    """A maker of messages with so many for each person or head, whose ids follow the next first."""

    def crowded(stamp=None, **harm):
        msg = make(stamp, **harm)
        for field in ("poses", "heads"):
            for one in getattr(msg, field, [])[:1]:
                several = [copy.deepcopy(one) for _ in range(count)]
                for number, person in enumerate(several, next(first_ids)):
                    person.track_id = number
                setattr(msg, field, several)
        return msg

    return crowded


def fifty_people(_, trials):
    """Each node behind the estimator answers messages of 50 people."""
    for name in _CROWDED:
        command, inputs, topic, kind = message_harms.nodes()[name]
        crowded = [(t, k, _crowd(make), harms) for t, k, make, harms in inputs]
        node, trial = message_harms.running(name, (command, crowded, topic, kind))
        with node:
            if not trial.answers(40.0):
                yield f"{name} does not answer"
                continue
            for _ in range(trials):
                fails = "ended" if node.exits else "is silent"
                yield "" if trial.answers(_PATIENCE) and not node.exits else f"{name} {fails}"


def new_ids(_, trials):
    """100 people whom nobody has seen before in each message of a second, then one alone."""
    command, inputs, topic, kind = message_harms.nodes()["interop"]
    crowded = [
        (t, k, _crowd(make, _NEW, itertools.count(_NEW, _NEW)), harms)
        for t, k, make, harms in inputs
    ]
    node, trial = message_harms.running("interop", (command, crowded, topic, kind))
    with node:
        if not trial.answers(40.0):
            yield "interop does not answer"
            return
        for _ in range(trials):
            few = _one_alone(node, trial, inputs)
            most = _most_of_crowds(node, trial)
            again = within(5, lambda: _one_alone(node, trial, inputs) <= few + _SPARE)
            if node.exits or not trial.answers():
                yield "it ended" if node.exits else "it is silent"
            elif most > few + _OF_BODIES + _SPARE:
                yield f"{most} descriptors, {few} without the crowd"
            else:
                yield "" if again else "descriptors are not given back"


def _descriptors(node):
    return len(list(Path(f"/proc/{node.process.pid}/fd").iterdir()))


def _one_alone(node, trial, inputs):
    """Descriptors once nobody else is there."""
    for _ in range(3):
        for topic, _, make, _ in inputs:
            trial.publish(topic, make())
        time.sleep(0.2)
    return _descriptors(node)


def _most_of_crowds(node, trial):
    most = 0
    for _ in range(10):
        trial.send()
        time.sleep(0.1)
        most = max(most, _descriptors(node))
    return most


HARMS = {
    "60-MB-image": (large_image, "answered, poses flow on, memory stays"),
    "50-people": (fifty_people, "each node answers"),
    "100-new-ids": (new_ids, "it answers; descriptors for 32 bodies, given back at once"),
}
