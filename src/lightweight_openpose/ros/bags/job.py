"""What is to be done with a bag, and what became of it; needs no ROS."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from lightweight_openpose.display.anonymize import OFF
from lightweight_openpose.poses import Skeleton
from lightweight_openpose.tracking import DEFAULT_TRACKER


@dataclass(frozen=True)
class BagJob:
    """A bag that is to be written with its poses. Goes to other processes and machines."""

    bag: Path
    output: Path
    estimator: Mapping[str, Any]  # options of the estimator, ready for JSON
    topics: Sequence[str] = ()  # of images; none: those of cameras
    tracker: str = DEFAULT_TRACKER  # its name; "": track_id stays -1
    tables: Sequence[str] = ()  # of "csv", "parquet"
    # Whose joints are the columns of the tables; None: the estimator's, then hands and face.
    table_skeleton: Optional[Skeleton] = None
    anonymize: str = OFF  # "blur" or "box": heads are hidden in the images of the output
    keep: Sequence[str] = ()  # topics that stay as they are where heads are hidden

    @property
    def settings(self) -> Dict[str, Any]:
        """Options that what is found depends on."""
        return {name: value for name, value in self.estimator.items() if name != "threads"}

    @property
    def covers(self) -> bool:
        """Whether heads are hidden."""
        return self.anonymize != OFF


@dataclass(frozen=True)
class BagReport:
    """What became of a job."""

    bag: Path
    output: Path
    error: str = ""  # one line; "" where the output is whole
    skipped: bool = False  # the output was there already
    images: int = 0  # of the topics that are read
    bad: int = 0  # of them those that cannot be used
    tables: List[Path] = field(default_factory=list)  # written now
    no_poses: Dict[str, str] = field(default_factory=dict)  # topic of images -> why
    # Topic -> how many of its messages an anonymized bag lacks, and why most of them.
    left_out: Dict[str, Tuple[int, str]] = field(default_factory=dict)
