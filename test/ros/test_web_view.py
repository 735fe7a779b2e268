"""What web_view_node says where its page cannot be served; needs ROS."""

import sys

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.ros.nodes.web_view import WebViewNode, WebViewSettings


def test_without_aiohttp_one_line_says_how_to_get_it(monkeypatch):
    for name in [n for n in sys.modules if n.startswith("lightweight_openpose.display.web_")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(RuntimeError) as error:
        WebViewNode(WebViewSettings())
    assert str(error.value).splitlines() == [
        "the page needs aiohttp: apt install python3-aiohttp (or pip install aiohttp)"
    ]
