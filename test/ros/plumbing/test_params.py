"""Parameters become settings, and what cannot be used is named as ROS names it."""

import pytest

from lightweight_openpose.ros.plumbing.params import read
from lightweight_openpose.ros.settings.nodes import NODES
from lightweight_openpose.ros.settings.pose_estimator import PoseEstimatorSettings
from lightweight_openpose.settings import BadSetting


def reader(values):
    """Stands for rospy.get_param with these parameters."""
    return lambda name, default: values.get(name, default)


@pytest.mark.parametrize("kind", NODES.values(), ids=NODES)
def test_what_nobody_set_is_the_default(kind):
    assert read(kind, reader({})) == kind()


def test_private_parameters_are_read_and_those_of_groups_below_their_name():
    settings = read(PoseEstimatorSettings, reader({"~model": "own", "~tracking/max_lost": 5}))
    assert (settings.model, settings.tracking.max_lost) == ("own", 5)


def test_a_fault_names_the_parameter_the_value_and_the_range():
    with pytest.raises(BadSetting) as fault:
        read(PoseEstimatorSettings, reader({"~tracking/max_lost": -1}))
    name, said = str(fault.value).split(" ", 1)
    assert name.startswith("/") and name.endswith("/tracking/max_lost")
    assert said == "is -1; allowed are 0..10000 [frames]"
