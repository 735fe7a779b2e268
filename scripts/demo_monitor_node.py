#!/usr/bin/env python3
from lightweight_openpose.ros.nodes.demo_monitor import main

if __name__ == "__main__":
    main()
