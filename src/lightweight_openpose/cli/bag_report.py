"""What `pose bag` says of each bag."""

from __future__ import annotations

from typing import Dict, List, Mapping, Tuple

from lightweight_openpose.ros.bags.job import BagJob, BagReport


def in_words(report: BagReport) -> str:
    """What became of a bag, in lines."""
    if report.error:
        return f"pose bag: {report.bag}: {report.error}"
    if report.skipped:
        lines = [f"{report.output} is there already"]
    else:
        bad = f", {report.bad} of them bad" if report.bad else ""
        lines = [f"{report.output}: {report.images} images{bad}"]
    lines += [f"  table {path}" for path in report.tables]
    reasons: Dict[str, List[str]] = {}
    for topic, reason in report.no_poses.items():
        if topic not in report.left_out:
            reasons.setdefault(reason, []).append(topic)
    for reason, topics in reasons.items():
        lines.append(f"  no poses of {', '.join(topics)}: {reason}; --topics takes them")
    lines += _left_out(report.left_out)
    return "\n".join(lines)


def _left_out(topics: Mapping[str, Tuple[int, str]]) -> List[str]:
    """For each topic that an anonymized bag has not in full: how many messages it lacks and why."""
    lines = [
        f"  without {count} message{'' if count == 1 else 's'} of {topic}: {reason}"
        for topic, (count, reason) in topics.items()
    ]
    return lines + ["  --keep TOPIC lets them stay"] if lines else []


def failure(job: BagJob, error: Exception) -> BagReport:
    """The report of a job that ended with an error; an unexpected one is reported with its type."""
    text = " ".join(str(error).split())
    expected = isinstance(error, (ValueError, RuntimeError, OSError, ImportError))
    line = text if expected and text else f"{type(error).__name__} {text}".strip()
    return BagReport(job.bag, job.output, line)
