"""Bags for tests: of any type, and with harm done to them."""

import genpy
import rosbag


def typed(path, messages, compression="none", callerids=("/node",)):
    """Bag of raw messages (topic, datatype, md5, definition, bytes), a millisecond apart."""
    with rosbag.Bag(str(path), "w", compression=compression) as bag:
        for number, (topic, datatype, md5, definition, data) in enumerate(messages):
            header = {
                "topic": topic, "type": datatype, "md5sum": md5, "message_definition": definition,
                "callerid": callerids[number % len(callerids)], "latching": "1",
            }  # fmt: skip
            bag._topic_connections.pop(topic, None)  # a connection of its own
            kind = type("Kind", (), {"_md5sum": md5})
            raw = (datatype, data, md5, kind)
            bag.write(
                topic, raw, genpy.Time(100, number * 10**6), raw=True, connection_header=header
            )
    return path


def of(msg, topic):
    """The raw message (see typed) of a message of an installed type."""
    import io

    written = io.BytesIO()
    msg.serialize(written)
    return topic, msg._type, msg._md5sum, msg._full_text, written.getvalue()
