"""What is noted of a label file: what was read otherwise than it is written, and what was lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Union

_LINES = 20  # that are printed of each kind, at most
_SHOWN = 8  # ids of annotations with the same fault


class BadLabels(ValueError):
    """The label file cannot be used; the message names the file and the fault."""


class Note(NamedTuple):
    """What was read otherwise than it is written, or not at all."""

    where: str  # image and annotation
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class Place(NamedTuple):
    """What of a file is read now, for its notes."""

    notes: Notes
    where: str  # image and annotation

    def repaired(self, what: str) -> None:
        """It was read otherwise than it is written."""
        self.notes.repaired(self.where, what)

    def lost(self, what: str) -> None:
        """It cannot be used."""
        self.notes.lost(self.where, what)


class Notes:
    """The notes of one file."""

    def __init__(self, path: Union[str, Path]):
        self.path = str(path)
        self.repairs: List[Note] = []
        self.faults: List[Note] = []  # labels that were lost

    def repaired(self, where: str, what: str) -> None:
        """Something that was read otherwise than it is written."""
        self.repairs.append(Note(where, what))

    def lost(self, where: str, what: str) -> None:
        """A label that cannot be used."""
        self.faults.append(Note(where, what))

    def report(self, command: str) -> None:
        """Print all to stderr, what is alike in one line, and how many there are."""
        for kind, notes in (
            ("cannot be used", self.faults),
            ("were read otherwise than written", self.repairs),
        ):
            lines = _lines(notes)
            more = [f"and {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
            total = [f"{len(notes)} labels {kind}"] if notes else []
            for line in lines[:_LINES] + more + total:
                print(f"{command}: {self.path}: {line}", file=sys.stderr)


def _lines(notes: Iterable[Note]) -> List[str]:
    groups: Dict[str, List[Note]] = {}
    for note in notes:
        groups.setdefault(note.what, []).append(note)
    return [_line(group) for group in groups.values()]


def _line(group: List[Note]) -> str:
    more = [note.where.rpartition("annotation ")[2] for note in group[1:]]
    if not more:
        return str(group[0])
    dots = ", …" if len(more) > _SHOWN else ""
    return f"{group[0]}; the same of {len(more)} more: {', '.join(more[:_SHOWN])}{dots}"
