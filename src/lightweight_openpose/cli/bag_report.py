"""What `pose bag` says of each bag."""

from __future__ import annotations


def report(result: dict) -> str:
    """What became of a bag, in lines.

    result: as process_bag gives it, or {"bag": path, "error": reason}.
    """
    if "error" in result:
        return f"pose bag: {result['bag']}: {result['error']}"
    if result["skipped"]:
        lines = [f"{result['output']} is there already"]
    else:
        bad = f", {result['bad']} of them bad" if result["bad"] else ""
        lines = [f"{result['output']}: {result['images']} images{bad}"]
    lines += [f"  table {path}" for path in result["tables"]]
    reasons = {}
    for topic, reason in result["no_poses"].items():
        if topic not in result["left_out"]:
            reasons.setdefault(reason, []).append(topic)
    for reason, topics in reasons.items():
        lines.append(f"  no poses of {', '.join(topics)}: {reason}; --topics takes them")
    lines += _left_out(result["left_out"])
    return "\n".join(lines)


def _left_out(topics):
    """Of the topics of which a covered bag has not all, how many messages it lacks and why."""
    lines = [
        f"  without {count} message{'' if count == 1 else 's'} of {topic}: {reason}"
        for topic, (count, reason) in topics.items()
    ]
    return lines + ["  --keep TOPIC lets them stay"] if lines else []


def in_a_line(error: Exception) -> str:
    """What is said of an error; one that nobody expected with its type."""
    text = " ".join(str(error).split())
    expected = isinstance(error, (ValueError, RuntimeError, OSError, ImportError))
    return text if expected and text else f"{type(error).__name__} {text}".strip()
