"""Skeletons of users' own objects: from a YAML, or from a category of a COCO keypoint file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from lightweight_openpose.files import looked_in, read_yaml, share_dir

from .pose import GROUP_SKELETONS, GROUPS
from .skeleton import SKELETONS, Skeleton

MIN_KEYPOINTS = 3
MIN_LIMBS = 2
MAX_KEYPOINTS = 255  # as many as a HumanPose can count
MAX_LIMBS = 1024
DEFAULT_SIGMA = 0.05


class BadSkeleton(ValueError):
    """The definition cannot be used; the message names the file, the fault and the remedy."""


def check_counts(keypoints: Sequence, limbs: Sequence, source: str) -> None:
    """Raise BadSkeleton where there are too many, before each is compared with each."""
    if len(keypoints) > MAX_KEYPOINTS:
        raise BadSkeleton(f"skeleton {source} has more than {MAX_KEYPOINTS} keypoints")
    if len(limbs) > MAX_LIMBS:
        raise BadSkeleton(f"skeleton {source} has more than {MAX_LIMBS} limbs")


def check_shape(keypoints: Sequence[str], limbs: Iterable[Tuple[int, int]], source: str) -> None:
    """Raise BadSkeleton unless there are enough keypoints and limbs and all are joined."""
    limbs = list(limbs)
    check_counts(keypoints, limbs, source)
    if len(keypoints) < MIN_KEYPOINTS or len(limbs) < MIN_LIMBS:
        raise BadSkeleton(
            f"skeleton {source} has {len(keypoints)} keypoints and {len(limbs)} limbs; at least "
            f"{MIN_KEYPOINTS} and {MIN_LIMBS} are needed"
        )
    reached = {0}
    for _ in keypoints:
        reached |= {b for a, b in limbs if a in reached} | {a for a, b in limbs if b in reached}
    loose = [k for i, k in enumerate(keypoints) if i not in reached]
    if loose:
        raise BadSkeleton(
            f"skeleton {source}: no limb leads to {', '.join(loose)}; add limbs until all are "
            "joined"
        )


def find_skeleton(name: str) -> Skeleton:
    """Skeleton by name (built in, or config/skeletons/NAME.yaml) or by path of a YAML.

    Raises BadSkeleton.
    """
    if name in SKELETONS:
        return SKELETONS[name]
    folder = share_dir() / "config" / "skeletons"
    for path in (Path(name).expanduser(), folder / f"{name}.yaml"):
        if path.is_file():
            return read_skeleton(path)
    known = sorted([*SKELETONS, *(p.stem for p in folder.glob("*.yaml"))])
    raise BadSkeleton(
        f"no skeleton named '{name}' and no such file{looked_in(name)}; known names: "
        f"{', '.join(known)}"
    )


def read_skeleton(path: Union[str, Path]) -> Skeleton:
    """Skeleton from a YAML as config/skeletons/submarine.yaml describes it. Raises BadSkeleton."""
    try:
        document = read_yaml(path)
    except OSError as error:
        raise BadSkeleton(f"skeleton {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise BadSkeleton(f"skeleton {path} cannot be used: {error}") from None
    return skeleton_from_dict(document, str(path))


def skeleton_from_dict(document: dict, source: str) -> Skeleton:
    """Skeleton from the fields of the YAML; source: what to name in errors. Raises BadSkeleton."""
    if not isinstance(document, dict):
        raise BadSkeleton(f"skeleton {source} needs the fields name, keypoints and limbs")
    missing = [field for field in ("name", "keypoints", "limbs") if not document.get(field)]
    if missing:
        raise BadSkeleton(f"skeleton {source} has no {' and no '.join(missing)}")
    for field in ("keypoints", "limbs", "lengths"):
        if not isinstance(document.get(field) or [], (list, tuple)):
            raise BadSkeleton(f"skeleton {source}: {field} is no list")
    check_counts(document["keypoints"], document["limbs"], source)
    for name in (document["name"], *document["keypoints"]):
        if not isinstance(name, str) or not name.isprintable() or len(name) > 80:
            raise BadSkeleton(
                f"skeleton {source}: the name {str(name)[:80]!r} is no text of at most 80 "
                "characters; write it in quotes"
            )
    keypoints = tuple(document["keypoints"])
    twice = sorted({k for k in keypoints if keypoints.count(k) > 1})
    if twice:
        raise BadSkeleton(f"skeleton {source}: keypoint {twice[0]} is named twice")
    limbs = _pairs(document["limbs"], keypoints, "limb", source)
    check_shape(keypoints, limbs, source)
    points = _by_name(document.get("points") or {}, keypoints, "points", source)
    flip_pairs, mirror = _mirror(document, keypoints, source)
    groups = _groups(document.get("groups") or {}, keypoints, source)
    try:
        positions = tuple(None if point is None else _point(point) for point in points)
        skeleton = Skeleton(
            name=document["name"],
            keypoints=keypoints,
            limbs=limbs,
            sigmas=_sigmas(document.get("sigmas", DEFAULT_SIGMA), keypoints, source),
            flip_pairs=flip_pairs,
            points=positions if any(positions) else (),
            lengths=tuple(float(v) for v in document.get("lengths") or ()),
            mirror=mirror,
            groups=groups,
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise BadSkeleton(f"skeleton {source}: {error}") from None
    known = SKELETONS.get(skeleton.name)  # files from before a built-in skeleton had lengths
    return known if known is not None and replace(known, lengths=()) == skeleton else skeleton


def _mirror(
    document: dict, keypoints: Sequence[str], source: str
) -> Tuple[Tuple[Tuple[int, int], ...], Optional[bool]]:
    """Flip pairs, and whether to mirror, of `mirror` (pairs, true or false) or `flip_pairs`."""
    given = document.get("mirror")
    switch = given if isinstance(given, bool) else None
    field = "mirror" if given is not None and switch is None else "flip_pairs"
    pairs = document.get(field) or ()
    if not isinstance(pairs, (list, tuple)):
        raise BadSkeleton(f"skeleton {source}: {field} is no list of pairs of keypoints")
    check_counts(keypoints, pairs, source)
    found = _pairs(pairs, keypoints, "flip pair", source)
    places = [index for pair in found for index in pair]
    if len(set(places)) < len(places):
        raise BadSkeleton(f"skeleton {source}: a keypoint is in two flip pairs")
    return found, switch


def _groups(
    given: Any, keypoints: Sequence[str], source: str
) -> Tuple[Tuple[str, Tuple[int, ...]], ...]:
    """(name, indices of the keypoints) of each group of `groups`, a map of lists of keypoints."""
    if not isinstance(given, dict) or not all(isinstance(v, (list, tuple)) for v in given.values()):
        raise BadSkeleton(f"skeleton {source}: groups is no map of names to lists of keypoints")
    groups = []
    for name, joints in given.items():
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= 80:
            raise BadSkeleton(
                f"skeleton {source}: the name {str(name)[:80]!r} of a group is no text of at most "
                "80 characters"
            )
        check_counts(joints, (), f"{source}, group {name},")
        unknown = [joint for joint in joints if joint not in keypoints]
        if unknown:
            raise BadSkeleton(
                f"skeleton {source}: group {name} names the missing keypoint "
                f"'{str(unknown[0])[:80]}'"
            )
        if len(joints) != GROUPS.get(name, len(joints)):
            raise BadSkeleton(
                f"skeleton {source}: group {name} has {len(joints)} keypoints, skeleton "
                f"{GROUP_SKELETONS[name]} has {GROUPS[name]}; give the group another name"
            )
        groups.append((name, tuple(keypoints.index(joint) for joint in joints)))
    return tuple(groups)


def _point(values: Any) -> Tuple[float, float, float]:
    """Position [m] of three numbers, ValueError for others."""
    numbers = [float(v) for v in values]
    if len(numbers) != 3:
        raise ValueError("a point needs three numbers")
    x, y, z = numbers
    return x, y, z


def _sigmas(given: Any, keypoints: Sequence[str], source: str) -> Tuple[float, ...]:
    """One per keypoint, of a number for all, a list, or numbers by name."""
    if isinstance(given, dict):
        given = [
            DEFAULT_SIGMA if s is None else s for s in _by_name(given, keypoints, "sigmas", source)
        ]
    elif not isinstance(given, list):
        given = [given] * len(keypoints)
    return tuple(float(s) for s in given)


def skeleton_to_dict(skeleton: Skeleton) -> dict:
    """The fields of the YAML, ready for JSON."""
    document: Dict[str, object] = {
        "name": skeleton.name,
        "keypoints": list(skeleton.keypoints),
        "limbs": _named(skeleton.limbs, skeleton),
        "sigmas": list(skeleton.sigmas),
    }
    if skeleton.lengths:
        document["lengths"] = list(skeleton.lengths)
    if skeleton.flip_pairs:
        document["flip_pairs"] = _named(skeleton.flip_pairs, skeleton)
    if skeleton.mirror is not None:
        document["mirror"] = skeleton.mirror
    if skeleton.groups:
        document["groups"] = {
            name: [skeleton.keypoints[joint] for joint in joints]
            for name, joints in skeleton.groups
        }
    if skeleton.points:
        document["points"] = {
            k: list(p) for k, p in zip(skeleton.keypoints, skeleton.points) if p is not None
        }
    return document


def _named(pairs: Iterable[Tuple[int, int]], skeleton: Skeleton) -> List[List[str]]:
    """Pairs of indices as pairs of names."""
    return [[skeleton.keypoints[a], skeleton.keypoints[b]] for a, b in pairs]


def skeleton_from_category(category: dict, source: str) -> Skeleton:
    """Skeleton of a category of a COCO file.

    From its `keypoints` and `skeleton` (pairs of indices from 1). Where `skeleton` is empty, as
    coco-annotator leaves it, every keypoint is joined to the first. Raises BadSkeleton.
    """
    keypoints = category.get("keypoints")
    where = f"{source}, category {category.get('name', '?')}"
    if not keypoints or not isinstance(keypoints, list):
        raise BadSkeleton(f"{where} has no keypoints; is it a COCO keypoint file?")
    check_counts(keypoints, (), where)
    pairs = category.get("skeleton") or [[1, i] for i in range(2, len(keypoints) + 1)]
    try:
        limbs = [[_numbered(keypoints, a), _numbered(keypoints, b)] for a, b in pairs]
    except (IndexError, TypeError, ValueError):
        raise BadSkeleton(
            f"{where}: `skeleton` names a keypoint that is not among its {len(keypoints)}"
        ) from None
    name = str(category.get("name", "object"))
    return skeleton_from_dict({"name": name, "keypoints": keypoints, "limbs": limbs}, where)


def _numbered(keypoints: Sequence[str], number: int) -> str:
    """The keypoint of a number from 1; below, a name that no keypoint has."""
    return keypoints[number - 1] if number > 0 else f"number {number}"


def _pairs(
    pairs: Any, keypoints: Sequence[str], what: str, source: str
) -> Tuple[Tuple[int, int], ...]:
    result: List[Tuple[int, int]] = []
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or pair[0] == pair[1]:
            raise BadSkeleton(
                f"skeleton {source}: {what} {str(pair)[:80]} is not a pair of two keypoints"
            )
        for name in pair:
            if name not in keypoints:
                raise BadSkeleton(
                    f"skeleton {source}: {what} {str(list(pair))[:80]} names the missing keypoint "
                    f"'{str(name)[:80]}'; keypoints: {', '.join(keypoints)[:800]}"
                )
        result.append((keypoints.index(pair[0]), keypoints.index(pair[1])))
    return tuple(result)


def _by_name(values: dict, keypoints: Sequence[str], what: str, source: str) -> list:
    if not isinstance(values, dict):
        raise BadSkeleton(f"skeleton {source}: {what} must name keypoints")
    for name in values:
        if name not in keypoints:
            raise BadSkeleton(
                f"skeleton {source}: {what} name the missing keypoint '{str(name)[:80]}'"
            )
    return [values.get(k) for k in keypoints]
