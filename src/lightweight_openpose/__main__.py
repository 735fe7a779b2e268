"""Runs as `python -m lightweight_openpose <command>`."""

import sys

from lightweight_openpose.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
