"""Each parameter is declared once; config, cfg, launch and command line agree. Needs ROS."""

import argparse
import inspect
import math
import re
import runpy
import sys
import types
import xml.etree.ElementTree as ElementTree
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import yaml

from lightweight_openpose.cli.options import add_estimator_arguments, add_hands_arguments
from lightweight_openpose.estimation import DecoderConfig, PoseEstimator
from lightweight_openpose.ros.nodes.camera import CameraSettings
from lightweight_openpose.ros.nodes.head_orientation import HeadOrientationSettings
from lightweight_openpose.ros.nodes.interop import InteropSettings
from lightweight_openpose.ros.nodes.pose_3d import Pose3DSettings
from lightweight_openpose.ros.nodes.pose_estimator import PoseEstimatorSettings
from lightweight_openpose.ros.nodes.pose_events import PoseEventsSettings
from lightweight_openpose.ros.nodes.pose_visualizer import PoseVisualizerSettings
from lightweight_openpose.ros.nodes.replay import ReplaySettings
from lightweight_openpose.ros.nodes.web_view import WebViewSettings
from lightweight_openpose.ros.plumbing.params import BadParameter, read

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = {
    "camera": CameraSettings,
    "head_orientation": HeadOrientationSettings,
    "interop": InteropSettings,
    "pose_3d": Pose3DSettings,
    "pose_estimator": PoseEstimatorSettings,
    "pose_events": PoseEventsSettings,
    "pose_visualizer": PoseVisualizerSettings,
    "replay": ReplaySettings,
    "web_view": WebViewSettings,
}
LAUNCH_FILES = sorted((ROOT / "launch").glob("*.launch"))
BAD = {  # type of a parameter -> values that are of another, or no number
    float: [math.nan, math.inf, -math.inf, 1e308, -1e308, 10**400, "1", True, [1.0]],
    int: [1.5, math.nan, 10**12, -(10**12), 10**400, "1", True, [1]],
    bool: [1, 0.0, "true"],
    str: [1.5, True, ["a"]],
    tuple: ["front", [1], ["a", "a"], ["a b"], {"a": 1}],
}

every_node = pytest.mark.parametrize("node", SETTINGS)


def declared(kind, under=""):
    """(name, field) of each parameter; those of a nested dataclass as outer/inner."""
    for field in fields(kind):
        if is_dataclass(field.default):
            yield from declared(type(field.default), f"{under}{field.name}/")
        else:
            yield under + field.name, field


def flat(values, under=""):
    """The same names for what stands in a YAML."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{under}{name}/")
        else:
            yield under + name, tuple(value) if isinstance(value, list) else value


def in_yaml(node):
    return dict(flat(yaml.safe_load((ROOT / f"config/{node}.yaml").read_text())))


def comments(node):
    """Name -> comment beside it."""
    outer, found = "", {}
    for line in (ROOT / f"config/{node}.yaml").read_text().splitlines():
        match = re.match(r"( *)(\w+):(?:[^#]*# (.*))?$", line)
        if match:
            indent, name, comment = match.groups()
            outer = outer if indent else name
            found[f"{outer}/{name}" if indent else name] = comment
    return found


def reader(values):
    """Stands for rospy.get_param with these private parameters."""
    return lambda name, default: values.get(name[1:], default)


@every_node
def test_the_yaml_has_each_parameter_with_its_default(node):
    defaults = {name: field.default for name, field in declared(SETTINGS[node])}
    written = in_yaml(node)
    assert written == defaults
    assert {n: type(v) for n, v in written.items()} == {n: type(v) for n, v in defaults.items()}


@every_node
def test_the_yaml_says_what_is_allowed(node):
    beside = comments(node)
    for name, field in declared(SETTINGS[node]):
        for choice in field.metadata.get("choices", ()):
            assert choice in beside[name], name
        if "low" in field.metadata:
            said = "{low:g}..{high:g}".format(**field.metadata)
            assert re.match(rf"(\[[^]]+\] )?{re.escape(said)}(;|$)", beside[name]), (name, said)


@every_node
def test_what_is_read_is_what_the_yaml_says(node):
    kind = SETTINGS[node]
    assert read(kind, reader({})) == read(kind, reader(in_yaml(node))) == kind()


PARAMETERS = [(node, *item) for node, kind in SETTINGS.items() for item in declared(kind)]


@pytest.mark.parametrize(
    "node, name, field", PARAMETERS, ids=[f"{p[0]}/{p[1]}" for p in PARAMETERS]
)
def test_what_is_not_allowed_is_refused_by_name(node, name, field):
    kind = type(field.default)
    bad = [v for v in BAD[kind] if v is not True or not field.metadata.get("boolean")]
    if kind in (int, float):
        assert field.default >= field.metadata["low"], "a number without a range"
        bad.append(kind(field.metadata["low"] - 1))
        bad.append(kind(field.metadata["high"] + 1))
    if "choices" in field.metadata:
        bad.append(["nonsense"] if kind is tuple else "nonsense")
    for value in bad:
        with pytest.raises(BadParameter, match=rf"/{name} is {re.escape(repr(value))}; .+"):
            read(SETTINGS[node], reader({name: value}))


def test_whole_numbers_are_taken_for_numbers_and_names():
    settings = read(CameraSettings, reader({"source": 1, "framerate": 5, "hold": 0}))
    assert (settings.source, settings.framerate, settings.hold) == ("1", 5.0, 0.0)
    assert isinstance(settings.framerate, float)


def test_bounds_are_allowed():
    settings = read(PoseEstimatorSettings, reader({"input_height": 2048, "tracking/max_lost": 0}))
    assert (settings.input_height, settings.tracking.max_lost) == (2048, 0)
    assert read(InteropSettings, reader({"outputs": ["hri", "vision"]})).outputs == (
        "hri",
        "vision",
    )


def test_dynamic_reconfigure_has_the_thresholds_of_the_decoder(monkeypatch):
    entries = {}

    class Recorder:
        def add(self, name, kind, level, description, default, low, high):
            entries[name] = (kind, default, low, high)

        def generate(self, *_):
            return 0

    stand_in = types.ModuleType("parameter_generator_catkin")
    stand_in.ParameterGenerator, stand_in.double_t, stand_in.int_t = Recorder, float, int
    name = "dynamic_reconfigure.parameter_generator_catkin"
    monkeypatch.setitem(sys.modules, name, stand_in)
    with pytest.raises(SystemExit):
        runpy.run_path(str(ROOT / "cfg/PoseEstimator.cfg"))
    node = dict(declared(PoseEstimatorSettings))
    thresholds = [node[field.name] for field in fields(DecoderConfig)]
    assert entries == {
        f.name: (type(f.default), f.default, f.metadata["low"], f.metadata["high"])
        for f in thresholds
    }


def test_the_node_has_the_defaults_of_the_core():
    """But for the least score, where 0 stands for what the model says."""
    core = {name: field.default for name, field in declared(DecoderConfig)}
    node = {name: field.default for name, field in declared(PoseEstimatorSettings)}
    core["min_score"] = 0.0
    assert core.items() <= node.items()


def test_the_command_line_and_python_have_the_defaults_of_the_node():
    parser = argparse.ArgumentParser()
    add_estimator_arguments(parser)
    add_hands_arguments(parser)
    options = vars(parser.parse_args([]))
    options["input_height"] = options.pop("height")
    del options["max_hands"]  # a command has more time
    node = {name: field.default for name, field in declared(PoseEstimatorSettings)}
    assert options == {name: node[name] for name in options}
    python = inspect.signature(PoseEstimator.load).parameters
    # A node looks for faces; Python and the commands do where heads are wanted (test_face_option).
    shared = (python.keys() & node.keys()) - {"face", "max_faces", "max_hands"}
    assert shared == options.keys()
    assert {name: python[name].default for name in shared} == options


@pytest.mark.parametrize("value, word", [(True, "true"), (False, "false"), ("own", "own")])
def test_yes_and_no_stand_for_networks_of_hands_and_faces(value, word):
    settings = read(PoseEstimatorSettings, reader({"hands": value, "face": value}))
    assert (settings.hands, settings.face) == (word, word)


def overridden(launch):
    """Arguments of a launch file -> default of the parameter that they are given to."""
    found = {}
    root = ElementTree.parse(str(launch)).getroot()
    for node in root.iter("node"):
        files = [Path(p.get("file")).stem for p in node.iter("rosparam") if p.get("file")]
        defaults = {n: f.default for stem in files for n, f in declared(SETTINGS[stem])}
        for param in node.iter("param"):
            argument = re.fullmatch(r"\$\(arg (\w+)\)", param.get("value", ""))
            if argument and param.get("name") in defaults:
                found[argument.group(1)] = defaults[param.get("name")]
    for include in root.iter("include"):
        name = Path(include.get("file")).name
        if name == launch.name:
            continue  # once more in a namespace
        inner = overridden(ROOT / "launch" / name)
        for given in include.iter("arg"):
            name = given.get("name")
            if name in inner and given.get("value") == f"$(arg {name})":
                found[name] = inner[name]
    return found


@pytest.mark.parametrize("launch", LAUNCH_FILES, ids=lambda path: path.stem)
def test_launch_arguments_do_not_repeat_defaults(launch):
    defaults = overridden(launch)
    assert defaults, "no argument of it reaches a parameter"
    for argument in ElementTree.parse(str(launch)).getroot().findall("arg"):
        written, default = argument.get("default"), defaults.get(argument.get("name"))
        if written and default is not None:
            assert written.lower() != str(default).lower(), argument.get("name")
