"""Exposure, focus and colours of a device of Video4Linux, by the names that usb_cam has."""

from __future__ import annotations

from typing import Any, Iterator, List, Mapping

import cv2

AS_IT_IS = -1  # of a value: the device keeps its own
_VALUES = {
    "brightness": cv2.CAP_PROP_BRIGHTNESS,
    "contrast": cv2.CAP_PROP_CONTRAST,
    "saturation": cv2.CAP_PROP_SATURATION,
    "sharpness": cv2.CAP_PROP_SHARPNESS,
    "gain": cv2.CAP_PROP_GAIN,
    "exposure": cv2.CAP_PROP_EXPOSURE,
    "focus": cv2.CAP_PROP_FOCUS,
    "white_balance": cv2.CAP_PROP_WB_TEMPERATURE,
}
# value -> name of its automatic, property, what switches it on (the first that the device
# takes) and off. Exposure has several automatics: aperture priority (webcams), auto.
_AUTOMATICS = {
    "exposure": ("autoexposure", cv2.CAP_PROP_AUTO_EXPOSURE, (3, 0), 1),
    "focus": ("autofocus", cv2.CAP_PROP_AUTOFOCUS, (1,), 0),
    "white_balance": ("auto_white_balance", cv2.CAP_PROP_AUTO_WB, (1,), 0),
}
CONTROLS = (*_VALUES, *(name for name, *_ in _AUTOMATICS.values()))


def asked(wanted: Mapping[str, int]) -> List[str]:
    """Names of the controls that are to be changed: values from 0 on, automatics that are on."""
    automatics = {name for name, *_ in _AUTOMATICS.values()}
    return [n for n, value in wanted.items() if value > (0 if n in automatics else AS_IT_IS)]


def ask_controls(capture: Any, wanted: Mapping[str, int]) -> Iterator[str]:
    """Set the controls of an open cv2.VideoCapture; the names of those that it does not take.

    wanted: name in CONTROLS -> value, AS_IT_IS for the device's own; of an automatic True to
    switch it on. A value of what has an automatic switches that off, unless it is wanted.
    """
    for name, code in _VALUES.items():
        automatic, switch, on, off = _AUTOMATICS.get(name, ("", None, (), 0))
        value = wanted.get(name, AS_IT_IS)
        if automatic and wanted.get(automatic):
            if not any(capture.set(switch, each) for each in on):
                yield automatic
        elif value > AS_IT_IS:
            if automatic:
                capture.set(switch, off)  # what has no automatic refuses, and takes the value
            if not capture.set(code, value):
                yield f"{name} {value}"
