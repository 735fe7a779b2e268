"""What `pose` says where ROS, or the workspace with its messages, is not there."""

import pytest

from lightweight_openpose.cli import bag
from lightweight_openpose.cli.program import main


@pytest.mark.parametrize("missing", ["genpy", "rosbag.bag", "lightweight_openpose.msg"])
def test_a_part_of_ros_that_is_missing_names_the_remedy(missing, monkeypatch, capsys):
    def run(_):
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr(bag, "run", run)
    assert main(["bag", "people.bag"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"pose bag: {missing} is not here: this needs ROS, and this package built in a catkin "
        "workspace; source the workspace's devel/setup.bash first"
    )


def test_another_package_that_is_missing_is_no_fault_of_ros(monkeypatch, capsys):
    def run(_):
        raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")

    monkeypatch.setattr(bag, "run", run)
    assert main(["bag", "people.bag"]) == 1
    assert capsys.readouterr().err == "pose bag: No module named 'pyarrow'\n"
