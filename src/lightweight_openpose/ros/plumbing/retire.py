"""Topics that end."""

from __future__ import annotations

from typing import Union

import rospy


def retire(topic: Union[rospy.Publisher, rospy.Subscriber]) -> None:
    """Unregister a publisher or subscriber, and give its file descriptor back at once.

    Each topic of rospy has an epoll of its own, which rospy leaves to the garbage collector: a node
    whose topics come and go would run out of descriptors before that.
    """
    used = topic.impl
    topic.unregister()
    if used is None or not used.closed:  # somebody else in this process uses the topic
        return
    poll = used.connection_poll
    # rospy may be looking at all topics in this very thread, which a subscriber that it finds gone
    # has led here: it comes to this one afterwards.
    poll.error_iter = lambda: iter(())
    poll.add_fd = poll.remove_fd = lambda *_: None
    close = getattr(poll.poller, "close", None)  # a plain poll() has none
    if close is not None:
        close()
