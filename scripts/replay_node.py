#!/usr/bin/env python3
from lightweight_openpose.ros.nodes.replay import main

if __name__ == "__main__":
    main()
