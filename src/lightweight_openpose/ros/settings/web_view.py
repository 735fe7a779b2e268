"""Settings of web_view_node."""

from __future__ import annotations

from dataclasses import dataclass

from lightweight_openpose.settings import ranged, setting

from . import common


@dataclass(frozen=True)
class WebViewSettings:
    """Parameters of web_view_node, with their defaults."""

    host: str = setting(
        "127.0.0.1", "address to serve on; 0.0.0.0: all networks, for which a token is needed"
    )
    port: int = ranged(8080, 1, 65535, "TCP port of the page; each camera needs its own")
    token: str = setting("", "secret that the address must carry: http://robot:8080/?token=...")
    names: str = setting(
        "", "further host names that are answered, such as a proxy's, separated by spaces"
    )
    jpeg_quality: int = ranged(75, 1, 100, "quality of the image on the page")
    poses_3d: bool = setting(
        False, "true: the poses of pose_3d_node are shown: distances, and a view from above"
    )
    skeleton: str = common.skeleton()
    anonymize: str = common.anonymize()
