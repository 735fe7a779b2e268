"""Why a message could not be used: in one line, and each kind of fault only now and then."""

from __future__ import annotations

import re
import time
import traceback
from pathlib import Path
from typing import Any, Dict, Sequence, Union

from lightweight_openpose.backends import BackendError
from lightweight_openpose.ros.messages.validation import BadMessage
from lightweight_openpose.video import BadImage

_SILENT = 2.0  # s in which a kind of fault is logged once
_KINDS = 20  # of faults that are logged within that time
_LONGEST = 300  # characters


class NoTransform(RuntimeError):
    """TF does not tell where a frame was at the time of an image; says why and what to do."""


_PLAIN = (BackendError, BadImage, BadMessage, NoTransform)  # they say all in one line


def reason_of(error: Union[Exception, str], messages: Sequence[Any] = ()) -> str:
    """A fault in one line: of what is not expected also where it came from.

    What a message says of itself, such as its encoding, may be of any length and have any lines.
    """
    return " ".join(_described(error, messages).split())[:_LONGEST]


def _described(error: Union[Exception, str], messages: Sequence[Any]) -> str:
    if not isinstance(error, Exception) or isinstance(error, _PLAIN):
        return str(error)
    calls = traceback.extract_tb(error.__traceback__)  # empty where it was never raised
    place = f" in {Path(calls[-1].filename).name}:{calls[-1].lineno}" if calls else ""
    kinds = " and ".join(type(msg).__name__ for msg in messages) or "a frame"
    return f"{type(error).__name__}{place} on {kinds}: {error}"


def kind_of(reason: str) -> str:
    """A reason without what differs from case to case: # for each number."""
    return re.sub(r"[-+.\d]*\d", "#", reason)


class NewKinds:
    """Decides which faults are logged: a sender of ever new ones cannot fill the log."""

    def __init__(self) -> None:
        self._said: Dict[str, float] = {}  # kind of fault -> when it was logged [s]

    def is_new(self, reason: str) -> bool:
        """Whether no fault that differs but in its numbers was logged within two seconds."""
        kind = kind_of(reason)
        now = time.monotonic()
        self._said = {k: at for k, at in self._said.items() if at > now - _SILENT}
        if kind in self._said or len(self._said) >= _KINDS:
            return False
        self._said[kind] = now
        return True
