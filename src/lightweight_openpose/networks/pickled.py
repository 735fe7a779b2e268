"""What classes a PyTorch file names, and in which entry, without running anything of it.

torch.load(weights_only=True) says which class it refuses, but not where in the file it is.
"""

from __future__ import annotations

import io
import pickletools
import re
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterator, List, NamedTuple, Optional, Tuple

MAX_BYTES = 1 << 26  # of the description; the tensors themselves lie next to it

# What weights_only takes: tensors and what they are put together from.
_HARMLESS = re.compile(
    r"torch\.\w+|torch\.(_utils|_tensor|storage|nn\.parameter)\.\w+|collections\.\w+"
    r"|_codecs\.encode|(builtins|__builtin__)\.\w+"
)


class Entry(NamedTuple):
    """An object of a class in the file."""

    keys: Tuple[str, ...]  # that lead to it; none: the whole content
    kind: str  # its class or function, such as argparse.Namespace
    beside: Tuple[str, ...]  # keys of the whole content


class _Node:
    """A container or object of which only the parts are known."""

    def __init__(self, kind: str = ""):
        self.kind = kind
        self.items: Dict[str, object] = {}
        self.parts: List[object] = []


_MARK = object()


def refused_entry(path: Path, fault: str) -> Optional[Entry]:
    """The entry that weights_only refuses with this message; None where none is known."""
    try:
        entries = [e for top in _contents(path) for e in _entries(top)]
    except (ValueError, LookupError, OSError, zipfile.BadZipFile, AttributeError, TypeError):
        return None
    named = [e for e in entries if re.search(rf"\b{re.escape(e.kind)}\b", fault)]
    strange = [e for e in entries if not _HARMLESS.fullmatch(e.kind)]
    return next(iter(named + strange), None)


def _contents(path: Path) -> Iterator[object]:
    """The pickled objects of a file: one in an archive, up to four in the format before 1.6."""
    if zipfile.is_zipfile(str(path)):
        with zipfile.ZipFile(str(path)) as archive:
            info = next(i for i in archive.infolist() if i.filename.endswith("data.pkl"))
            if info.file_size <= MAX_BYTES:
                yield _content(io.BytesIO(archive.read(info)))
        return
    with open(str(path), "rb") as stream:
        data = io.BytesIO(stream.read(MAX_BYTES))
    for _ in range(4):
        yield _content(data)


def _content(stream: BinaryIO) -> object:
    """The tree of one pickle, its constants as they are and everything else a node."""
    stack: List[object] = []
    memo: Dict[int, object] = {}
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == "STOP":
            break
        _step(opcode, argument, stack, memo)
    return stack[-1]


def _step(
    opcode: pickletools.OpcodeInfo, argument: Any, stack: List[Any], memo: Dict[int, object]
) -> None:
    name = opcode.name
    if name in ("PROTO", "FRAME"):
        return
    if name == "MARK":
        stack.append(_MARK)
    elif name.endswith("PUT") or name == "MEMOIZE":
        memo[len(memo) if argument is None else argument] = stack[-1]
    elif name.endswith("GET"):
        stack.append(memo[argument])
    elif name == "GLOBAL":
        stack.append(_Node(argument.replace(" ", ".")))
    elif name == "STACK_GLOBAL":
        first, second = _pop(stack, 2)
        stack.append(_Node(f"{first}.{second}"))
    elif name in ("SETITEM", "SETITEMS"):
        values = _pop(stack, 2) if name == "SETITEM" else _pop_to_mark(stack)
        stack[-1].items.update(zip(map(str, values[::2]), values[1::2]))
    elif name in ("APPEND", "BUILD", "APPENDS", "ADDITEMS"):
        values = _pop(stack, 1) if name in ("APPEND", "BUILD") else _pop_to_mark(stack)
        _known(stack[-1]).parts.extend(values)
    elif name in ("REDUCE", "NEWOBJ"):
        made, arguments = _pop(stack, 2)
        _push(stack, made.kind, [arguments] if made.kind else [made, arguments])
    else:
        _other(opcode, argument, stack)


def _other(opcode: pickletools.OpcodeInfo, argument: object, stack: List[Any]) -> None:
    """Constants, tuples, empty containers and what is rare: as many values as it takes."""
    before = [kind.name for kind in opcode.stack_before]
    if not before and not opcode.name.startswith("EMPTY"):
        stack.append(argument)
        return
    values = _pop_to_mark(stack) if "mark" in before else _pop(stack, len(before))
    if opcode.stack_after:
        _push(stack, "", values)


def _push(stack: List[Any], kind: str, parts: List[Any]) -> None:
    node = _Node(kind)
    node.parts = parts
    stack.append(node)


def _known(value: object) -> _Node:
    return value if isinstance(value, _Node) else _Node()


def _pop(stack: List[Any], count: int) -> List[Any]:
    values = [stack.pop() for _ in range(count)]
    return values[::-1]


def _pop_to_mark(stack: List[Any]) -> List[Any]:
    values = []
    while stack[-1] is not _MARK:
        values.append(stack.pop())
    stack.pop()
    return values[::-1]


def _entries(top: object) -> Iterator[Entry]:
    """Every object with a class, from the first on; each once."""
    waiting: List[Tuple[Tuple[str, ...], object]] = [((), top)]
    seen = set()
    while waiting:
        keys, node = waiting.pop()
        if not isinstance(node, _Node) or id(node) in seen:
            continue
        seen.add(id(node))
        if node.kind:
            yield Entry(keys, node.kind, tuple(_known(top).items))
        inner = [(keys, part) for part in node.parts]
        inner += [((*keys, key), value) for key, value in node.items.items()]
        waiting.extend(reversed(inner))
