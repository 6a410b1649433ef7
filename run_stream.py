"""The same as ``edgevid run``: ``python run_stream.py drive.mp4 --sink video:out.mp4``."""

import sys

from edgevid.cli import main

if __name__ == "__main__":
    main(["run", *sys.argv[1:]])
