"""Which joints change places in a mirror, by what their names say of left and right."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Sequence, Tuple

if TYPE_CHECKING:
    from .skeleton import Skeleton

LEFT = ("left", "l")
RIGHT = ("right", "r")

Pairs = Tuple[Tuple[int, int], ...]
_Sided = Optional[Tuple[str, Tuple[str, ...]]]  # "left" or "right", and the words without it

# LeftEye and REye are two words, as are left_eye, left-eye, "left eye" and eye.L.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


def mirror_pairs(names: Sequence[str]) -> Pairs:
    """(left, right) indices of the joints that are each other's mirror image.

    A side is a word of its own anywhere in the name (left, right, l, r, in any case), or is written
    together with the joint (lefteye, eyeleft, leye) where the name of the other side is there too.
    """
    return _paired(tuple(names))[0]


def unpaired_sides(names: Sequence[str]) -> List[str]:
    """Names that say left or right in a word of its own and have no partner, in their order."""
    pairs, sided = _paired(tuple(names))
    paired = {i for pair in pairs for i in pair}
    return [names[i] for i in sided if i not in paired]


@lru_cache(maxsize=64)
def _paired(names: Tuple[str, ...]) -> Tuple[Pairs, Tuple[int, ...]]:
    """Pairs of indices, and the indices of the names that have a side in a word of its own."""
    words = [tuple(w.lower() for w in _WORD.findall(name)) for name in names]
    sided = tuple(i for i, w in enumerate(words) if _own_word(w))
    pairs: List[Tuple[int, int]] = []
    free = dict(enumerate(words))
    for side_of in (_own_word, _glued_word, _glued_letter):
        for pair in _matches(free, side_of):
            pairs.append(pair)
            for index in pair:
                del free[index]
    return tuple(sorted(pairs)), sided


def _own_word(words: Tuple[str, ...]) -> _Sided:
    """Side of a name with words of that side only."""
    left = any(w in LEFT for w in words)
    right = any(w in RIGHT for w in words)
    rest = tuple(w for w in words if w not in LEFT + RIGHT)
    return None if left == right else ("left" if left else "right", rest)


def _glued_word(words: Tuple[str, ...]) -> _Sided:
    for side in ("left", "right"):
        for i, word in enumerate(words):
            for rest in (
                word[len(side) :] if word.startswith(side) else "",
                word[: -len(side)] if word.endswith(side) else "",
            ):
                if rest:
                    return side, (*words[:i], rest, *words[i + 1 :])
    return None


def _glued_letter(words: Tuple[str, ...]) -> _Sided:
    first = words[0] if words else ""
    if len(first) < 3 or first[0] not in "lr":
        return None
    return "left" if first[0] == "l" else "right", (first[1:], *words[1:])


def _matches(free: Dict[int, Tuple[str, ...]], side_of: Callable) -> List[Tuple[int, int]]:
    """Pairs among names: one of each side, alike but for it."""
    by_rest: Dict[Tuple[str, ...], Dict[str, List[int]]] = {}
    for i, words in free.items():
        found = side_of(words)
        if found is not None:
            by_rest.setdefault(found[1], {}).setdefault(found[0], []).append(i)
    return [
        (sides["left"][0], sides["right"][0])
        for sides in by_rest.values()
        if len(sides.get("left", ())) == len(sides.get("right", ())) == 1
    ]


def mirror_fault(skeleton: Skeleton) -> Optional[str]:
    """Why a mirror image of a labelled picture would have wrong labels; None where it has not.

    One sentence for users, with the remedy.
    """
    if skeleton.mirror or (skeleton.flip_pairs and skeleton.mirror is None):
        return None
    if skeleton.mirror is False:
        return f"skeleton {skeleton.name} says mirror: false"
    lonely = unpaired_sides(skeleton.keypoints)
    if not lonely and mirror_pairs(skeleton.keypoints):
        return None
    fault = f"no partner for {', '.join(lonely[:4])}" if lonely else "no names with left and right"
    return (
        f"skeleton {skeleton.name} has {fault}; give `mirror:` in a skeleton file: pairs of joints "
        "that change places, or true where none do"
    )


def limb_mirror_fault(skeleton: Skeleton) -> Optional[str]:
    """The same of part affinity fields, which also need the mirror image of every limb."""
    permutation = skeleton.flip_permutation
    limbs = {frozenset(limb) for limb in skeleton.limbs}
    for a, b in skeleton.limbs:
        if frozenset((permutation[a], permutation[b])) not in limbs:
            names = f"{skeleton.keypoints[a]} to {skeleton.keypoints[b]}"
            return f"skeleton {skeleton.name} has the limb {names}, but not its mirror image"
    return mirror_fault(skeleton)
