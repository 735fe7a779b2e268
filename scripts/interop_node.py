#!/usr/bin/env python3
from lightweight_openpose.ros.interop_node import main

if __name__ == "__main__":
    main()
