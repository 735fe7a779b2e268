"""Options that several subcommands share."""

from __future__ import annotations

import argparse
import sys
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Optional,
    Tuple,
    Type,
    TypeVar,
)

from lightweight_openpose.estimation import EstimatorSettings
from lightweight_openpose.ros.settings.pose_estimator import PoseEstimatorSettings
from lightweight_openpose.settings import allowed, parameter

if TYPE_CHECKING:
    from lightweight_openpose.estimation import PoseEstimator
    from lightweight_openpose.poses import Skeleton
    from lightweight_openpose.poses.pose_lines import Frame

Number = TypeVar("Number", int, float)

DECODING = ("min_score", "width")  # what estimator_options() adds to those of PoseEstimator.load
# hands and faces that a command looks at in an image: as many as may be looked at
MAX_HANDS = parameter(EstimatorSettings, "max_hands").metadata["high"]
MAX_FACES = parameter(EstimatorSettings, "max_faces").metadata["high"]


def whole_number(low: int, high: int = sys.maxsize) -> Callable[[str], int]:
    """Type of an option: a whole number in low..high, both included."""
    return _number(int, "a whole number", low, high)


def number(low: float, high: float) -> Callable[[str], float]:
    """Type of an option: a number in low..high, both included."""
    return _number(float, "a number", low, high)


def _number(kind: Type[Number], what: str, low: Number, high: Number) -> Callable[[str], Number]:
    bounds = f"of at least {low:g}" if high == sys.maxsize else f"in {low:g}..{high:g}"

    def parse(text: str) -> Number:
        value: Optional[Number]
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not {what} {bounds}")
        return value

    return parse


def add_setting(
    parser: argparse.ArgumentParser, kind: type, name: str, flag: str = "", **changes: Any
) -> None:
    """Option for a field of the settings dataclass `kind`: its default, range, choices and meaning.

    flag: name of the option, if it is another than that of the field; changes: arguments of
    add_argument() in which this command differs, such as its own default.
    """
    field = parameter(kind, name)
    given: Dict[str, Any] = {"default": field.default, **changes}
    if isinstance(field.default, bool):
        given["action"] = "store_true"
    elif "choices" in field.metadata:
        given["choices"] = field.metadata["choices"]
    elif "low" in field.metadata:
        make = whole_number if isinstance(field.default, int) else number
        given["type"] = make(field.metadata["low"], field.metadata["high"])
    elif isinstance(field.default, (int, float)):
        raise TypeError(f"{kind.__name__}.{name} is a number without a range")
    given.setdefault("help", field.metadata["doc"])
    bounds = allowed(field) if "low" in field.metadata else ""
    shown = "" if given["default"] in ("", None, False) else "default: %(default)s"
    notes = "; ".join(filter(None, [bounds, shown]))
    given["help"] = given["help"].replace("%", "%%") + (f" ({notes})" if notes else "")
    parser.add_argument(flag or f"--{name.replace('_', '-')}", **given)


def add_estimator_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of every command that runs a network, as parameters of pose_estimator_node."""
    for name in ("model", "backend", "device", "precision", "skeleton", "threads"):
        add_setting(parser, EstimatorSettings, name)
    add_setting(parser, EstimatorSettings, "input_height", "--height")


def add_tracker_argument(parser: argparse.ArgumentParser) -> None:
    """Which tracker follows people."""
    add_setting(parser, PoseEstimatorSettings, "tracker")


def add_decoding_arguments(parser: argparse.ArgumentParser) -> None:
    """The width in the place of the height, and the minimum score of a person."""
    parser.add_argument(
        "--width",
        type=whole_number(32, 8192),
        default=0,
        help="width of the network's input in the place of --height, which then follows from the "
        "aspect ratio of each image (32..8192 [px])",
    )
    add_setting(parser, PoseEstimatorSettings, "min_score")


def add_hands_arguments(parser: argparse.ArgumentParser) -> None:
    """Hands, too; a command has more time for them than a node."""
    add_setting(
        parser,
        EstimatorSettings,
        "hands",
        metavar="MODEL",
        nargs="?",
        const="true",
        help="21 joints of each hand, too: by the package's network, or by the one of a name or "
        "path, such as mediapipe-hand",
    )
    add_setting(parser, EstimatorSettings, "max_hands", default=MAX_HANDS)


def add_face_arguments(parser: argparse.ArgumentParser) -> None:
    """Landmarks of faces."""
    add_setting(
        parser,
        EstimatorSettings,
        "face",
        metavar="MODEL",
        default=None,
        help="32 landmarks of each face: auto (the package's network), off, or name or path of a "
        "network (default: auto where heads are solved for, else off)",
    )
    add_setting(parser, EstimatorSettings, "max_faces", default=MAX_FACES)


def add_output_skeleton_argument(parser: argparse.ArgumentParser, where: str) -> None:
    """The skeleton of what is written; where: in which files."""
    parser.add_argument(
        "--output-skeleton",
        metavar="SKELETON",
        help=f"name or YAML of the skeleton whose joints are {where}, such as body_hands: 18 of "
        "the body and 21 of each hand (default: that of the network, hands and face apart)",
    )


def output_skeleton(arguments: argparse.Namespace, source: Skeleton) -> Optional[Skeleton]:
    """The skeleton of --output-skeleton, None where it is not given; source: that of the poses.

    Raises ValueError where it is none, or has no joint of the source.
    """
    from lightweight_openpose.poses import check_shared, find_skeleton

    if arguments.output_skeleton is None:
        return None
    target = find_skeleton(arguments.output_skeleton)
    check_shared(source, target)
    return target


def _face_options(arguments: argparse.Namespace) -> Dict[str, Any]:
    """What PoseEstimator.load needs of these."""
    given = getattr(arguments, "face", None)
    face = given or ("auto" if getattr(arguments, "heads", False) else "off")
    max_faces = getattr(arguments, "max_faces", MAX_FACES)
    return {} if face == "off" else {"face": face, "max_faces": max_faces}


def _hand_options(arguments: argparse.Namespace) -> Dict[str, Any]:
    """What PoseEstimator.load needs of these."""
    hands = getattr(arguments, "hands", "")
    return {"hands": hands, "max_hands": arguments.max_hands} if hands else {}


def estimator_options(arguments: argparse.Namespace) -> Dict[str, Any]:
    """What open_estimator() needs of these options, ready for JSON."""
    return {
        "model": arguments.model,
        "backend": arguments.backend,
        "input_height": arguments.height,
        "device": arguments.device,
        "precision": arguments.precision,
        "threads": arguments.threads,
        "skeleton": arguments.skeleton,
        **_hand_options(arguments),
        **_face_options(arguments),
        **{name: getattr(arguments, name) for name in DECODING},
    }


def input_size(arguments: argparse.Namespace) -> str:
    """The size of the network's input that was asked for, in words."""
    if arguments.width:
        return f"input width {arguments.width} px"
    return f"input height {arguments.height} px"


def load_estimator(arguments: argparse.Namespace) -> PoseEstimator:
    """PoseEstimator of these options; its notices go to stderr. Raises what its load does."""
    from .estimators import open_estimator

    def notify(text: str) -> None:
        print(f"pose {arguments.command}: {text}", file=sys.stderr)

    return open_estimator(estimator_options(arguments), notify)


def skeleton_of(frames: Iterable[Frame], given: str = "auto") -> Skeleton:
    """Skeleton by name or YAML; "auto": what the frames say, coco18 without any.

    Raises ValueError where they say several.
    """
    from lightweight_openpose.poses import find_skeleton

    if given != "auto":
        return find_skeleton(given)
    names = sorted({frame.skeleton for frame in frames}) or ["coco18"]
    if len(names) > 1:
        raise ValueError(f"the lines mix skeletons: {', '.join(names)}")
    return find_skeleton(names[0])


def in_skeleton(frames: List[Frame], given: str) -> Tuple[List[Frame], Skeleton]:
    """The frames and their skeleton, which is that of skeleton_of().

    Frames of another one whose joints are all in the skeleton given become frames of that, with
    the hands that it has. Raises ValueError where the frames are of another number of keypoints.
    """
    from lightweight_openpose.poses import convert_frames
    from lightweight_openpose.poses.pose_lines import check_keypoints

    skeleton = skeleton_of(frames, given)
    frames = convert_frames(frames, skeleton)
    check_keypoints(frames, skeleton)
    return frames, skeleton
