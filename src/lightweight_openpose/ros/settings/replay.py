"""Settings of replay_node."""

from __future__ import annotations

from dataclasses import dataclass

from lightweight_openpose.settings import one_of, ranged, setting

UNSET, TRUE, FALSE = "unset", "true", "false"
STATES = (UNSET, TRUE, FALSE)  # of /use_sim_time


@dataclass(frozen=True)
class ReplaySettings:
    """Parameters of replay_node, with their defaults."""

    bag: str = setting("", "path of the bag; must be given")
    topics: str = setting(
        "", 'topics to play, images first, separated by spaces; "": all of the bag'
    )
    rate: float = ranged(1.0, 0.01, 100.0, "speed of the replay, 1 as it was recorded")
    loop: bool = setting(False, "true: the bag begins again at its end")
    play_args: str = setting("", "more arguments of `rosbag play`")
    wait_for_subscribers: int = ranged(
        0,
        0,
        1000,
        "subscribers of the first topic, raw or compressed, that the node waits for before it plays",
    )
    former_sim_time: str = one_of(UNSET, STATES, "what /use_sim_time becomes at the end")
