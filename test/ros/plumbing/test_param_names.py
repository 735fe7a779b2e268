"""Names of private parameters: misspelt ones are refused, usb_cam's are translated; needs ROS."""

import sys
from dataclasses import dataclass
from typing import ClassVar

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from lightweight_openpose.ros.plumbing import param_names
from lightweight_openpose.ros.plumbing.param_names import (
    UnknownParameter,
    check_names,
    unknown_names,
)


@dataclass(frozen=True)
class Tracking:
    max_lost: int = 30
    smoothing: bool = True


@dataclass(frozen=True)
class Settings:
    aliases: ClassVar = {"video_device": "source", "io_method": ""}
    source: str = "0"
    input_height: int = 256
    tracking: Tracking = Tracking()


@pytest.mark.parametrize(
    "given, unknown",
    [
        ({}, []),
        ({"source": "1", "tracking": {"max_lost": 1}}, []),
        ({"input_hight": 256}, ["input_hight"]),
        ({"max_lost": 3}, ["max_lost"]),
        ({"tracking": {"max_los": 3, "smoothing": True}}, ["tracking/max_los"]),
        ({"trackin": {"max_lost": 3}}, ["trackin/max_lost"]),
        ({"tracking": 3}, ["tracking"]),
        ({"driver": {"exposure": 5}, "image_raw": {"compressed": {"jpeg_quality": 80}}}, []),
    ],
)
def test_unknown_names_are_those_that_no_field_has_but_not_of_other_namespaces(given, unknown):
    assert list(unknown_names(Settings, given)) == unknown


class Server:
    """Stands for the parameter server, for a node /camera/eye."""

    def __init__(self, monkeypatch, typed=(), **given):
        self.given = given
        for name in ("get_param", "set_param", "delete_param"):
            monkeypatch.setattr(param_names.rospy, name, getattr(self, name))
        monkeypatch.setattr(param_names.rospy, "get_name", lambda: "/camera/eye")
        monkeypatch.setattr(
            param_names.rospy, "resolve_name", lambda name: f"/camera/eye/{name[1:]}"
        )
        monkeypatch.setattr(sys, "argv", ["node.py", *typed])

    def get_param(self, name, default):
        assert name == "/camera/eye"
        return dict(self.given) or default

    def set_param(self, name, value):
        self.given[name[1:]] = value

    def delete_param(self, name):
        del self.given[name[1:]]


@pytest.mark.parametrize(
    "name, said",
    [
        ("input_hight", "did you mean input_height?"),
        ("max_lost", "did you mean tracking/max_lost?"),
        ("zzz", "it has source, input_height, tracking/max_lost, tracking/smoothing"),
    ],
)
def test_the_refusal_is_one_line_that_names_the_nearest(monkeypatch, name, said):
    Server(monkeypatch, **{name: 1, "source": "0"})
    with pytest.raises(UnknownParameter) as error:
        check_names(Settings)
    assert str(error.value) == (
        f"/camera/eye/{name} is no parameter of this node: {said} "
        f"(to forget one of an earlier start: rosparam delete /camera/eye/{name})"
    )


def test_a_misspelt_name_of_the_command_line_does_not_stay_for_the_next_start(monkeypatch):
    typed = ("__name:=eye", "_input_hight:=256", "image:=/a", "_source:=1")
    server = Server(monkeypatch, typed, input_hight=256, source="1")
    with pytest.raises(UnknownParameter, match="did you mean input_height[?]$"):
        check_names(Settings)
    assert server.given == {"source": "1"}


def test_a_misspelt_name_of_a_launch_file_stays_so_that_the_node_is_refused_again(monkeypatch):
    server = Server(monkeypatch, input_hight=256)
    for _ in range(2):
        with pytest.raises(UnknownParameter):
            check_names(Settings)
    assert server.given == {"input_hight": 256}


def test_names_of_another_driver_are_renamed_on_the_server(monkeypatch):
    server = Server(monkeypatch, source="0", video_device="/dev/video2", io_method="mmap")
    check_names(Settings)
    assert server.given == {"source": "/dev/video2"}


def test_a_name_of_this_node_that_is_a_value_itself_has_no_parameters(monkeypatch):
    Server(monkeypatch)
    monkeypatch.setattr(param_names.rospy, "get_param", lambda name, default: 5)
    check_names(Settings)
