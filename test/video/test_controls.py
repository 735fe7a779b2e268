"""Exposure, focus and colours are asked of a device, and what it does not take is said once."""

import cv2
import numpy as np
import pytest

from lightweight_openpose.video import capture as capture_module
from lightweight_openpose.video.capture import LiveCapture, Mode, SourceError
from lightweight_openpose.video.controls import CONTROLS, ask_controls, asked
from lightweight_openpose.video.sources import Source

AUTO_EXPOSURE, EXPOSURE = cv2.CAP_PROP_AUTO_EXPOSURE, cv2.CAP_PROP_EXPOSURE
AUTOFOCUS, FOCUS = cv2.CAP_PROP_AUTOFOCUS, cv2.CAP_PROP_FOCUS
AUTO_WB, WB, GAIN = cv2.CAP_PROP_AUTO_WB, cv2.CAP_PROP_WB_TEMPERATURE, cv2.CAP_PROP_GAIN


class FakeDevice:
    """A cv2.VideoCapture that notes what is set and refuses some of it."""

    def __init__(self, refuses=(), frames=2):
        self.was_set = []
        self._refuses = refuses
        self._frames = frames

    def set(self, code, value):
        self.was_set.append((code, value))
        return code not in self._refuses and (code, value) not in self._refuses

    def isOpened(self):
        return True

    def read(self):
        self._frames -= 1
        return self._frames >= 0, np.zeros((48, 64, 3), np.uint8)

    def release(self):
        pass


AS_IT_IS = {name: False if name.startswith("auto") else -1 for name in CONTROLS}


@pytest.mark.parametrize(
    "wanted, was_set",
    [
        (AS_IT_IS, []),
        ({}, []),
        ({"exposure": 157}, [(AUTO_EXPOSURE, 1), (EXPOSURE, 157)]),
        ({"autoexposure": True, "exposure": 157}, [(AUTO_EXPOSURE, 3)]),
        ({"focus": 0, "autofocus": False}, [(AUTOFOCUS, 0), (FOCUS, 0)]),
        ({"autofocus": True}, [(AUTOFOCUS, 1)]),
        ({"white_balance": 4000}, [(AUTO_WB, 0), (WB, 4000)]),
        ({"auto_white_balance": True, "gain": 3}, [(GAIN, 3), (AUTO_WB, 1)]),
        (
            {"brightness": 0, "contrast": 5, "saturation": 6, "sharpness": 7},
            [
                (cv2.CAP_PROP_BRIGHTNESS, 0),
                (cv2.CAP_PROP_CONTRAST, 5),
                (cv2.CAP_PROP_SATURATION, 6),
                (cv2.CAP_PROP_SHARPNESS, 7),
            ],
        ),
    ],
)
def test_what_is_wanted_is_set_and_nothing_else(wanted, was_set):
    device = FakeDevice()
    assert list(ask_controls(device, wanted)) == []
    assert device.was_set == was_set


def test_a_camera_without_aperture_priority_gets_the_other_automatic():
    device = FakeDevice(refuses=[(AUTO_EXPOSURE, 3)])
    assert list(ask_controls(device, {"autoexposure": True})) == []
    assert device.was_set == [(AUTO_EXPOSURE, 3), (AUTO_EXPOSURE, 0)]


def test_a_lens_without_autofocus_takes_a_focus():
    assert list(ask_controls(FakeDevice(refuses=[AUTOFOCUS]), {"focus": 5})) == []


def test_what_a_device_refuses_is_named():
    device = FakeDevice(refuses=[EXPOSURE, AUTOFOCUS, GAIN])
    wanted = {"exposure": 50, "autofocus": True, "gain": 9, "contrast": 5}
    assert sorted(ask_controls(device, wanted)) == ["autofocus", "exposure 50", "gain 9"]


def test_a_refusal_is_said_once_however_often_the_device_is_opened(monkeypatch):
    monkeypatch.setattr(
        capture_module.cv2, "VideoCapture", lambda *_: FakeDevice(refuses=[EXPOSURE])
    )
    capture = LiveCapture("/dev/video9", Mode(controls={"exposure": 50}))
    said = []
    for _ in range(3):
        with pytest.raises(SourceError, match="stopped giving frames"):
            for _ in capture:
                pass
        said += capture.remarks
        del capture.remarks[:]
    assert said == ["/dev/video9 does not take exposure 50: it keeps its own"]


def test_a_file_has_no_exposure(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((4, 4, 3), np.uint8))
    source = Source(str(path), mode=Mode(controls=dict(AS_IT_IS, exposure=50, autofocus=True)))
    assert source.remarks == [
        f"{what} is for devices of Video4Linux: ignored for {path}"
        for what in asked({"exposure": 50, "autofocus": True})
    ]
    assert len(source.remarks) == 2
