"""The INI form of a calibration, which camera_calibration_parsers knows too.

Its keys and numbers stand in lines of their own.
"""

from __future__ import annotations

import re
from typing import Dict, List, Union

_IMAGE = re.compile(r"^\s*\[image\]\s*$", re.MULTILINE)
_FIELDS = {  # of the YAML -> of this
    "camera_matrix": "camera matrix",
    "distortion_coefficients": "distortion",
    "rectification_matrix": "rectification",
    "projection_matrix": "projection",
}
_RATIONAL = 8  # coefficients of rational_polynomial; the form does not name the model


def is_ini(text: str) -> bool:
    """Whether a calibration is in that form."""
    return _IMAGE.search(text) is not None


def ini_document(text: str) -> Dict[str, Union[str, int, List[float]]]:
    """What the YAML of the same calibration would hold.

    Raises ValueError for a line that is neither a key nor numbers, KeyError for a missing size.
    """
    name = ""
    values: Dict[str, List[float]] = {}
    numbers: List[float] = []
    for line in (line.split("#")[0].strip() for line in text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]").strip()
            name = name if section in ("image", "externals") else section
        elif line[:1].isalpha():
            numbers = values.setdefault(line, [])
        else:
            numbers.extend(map(float, line.split()))
    document: Dict[str, Union[str, int, List[float]]] = {
        f"image_{side}": int(*values[side]) for side in ("width", "height")
    }
    document.update({to: values[key] for to, key in _FIELDS.items() if key in values})
    rational = len(values.get("distortion", ())) == _RATIONAL
    document["distortion_model"] = "rational_polynomial" if rational else "plumb_bob"
    document["camera_name"] = name
    return document
