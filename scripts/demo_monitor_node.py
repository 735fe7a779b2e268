#!/usr/bin/env python3
from lightweight_openpose.ros.demo_monitor_node import main

if __name__ == "__main__":
    main()
