#!/usr/bin/env python3
from lightweight_openpose.ros.nodes.pose_events import main

if __name__ == "__main__":
    main()
