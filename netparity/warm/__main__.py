"""Entry point of the process that forks: `python -m netparity.warm SOCKET PROGRAM`."""

import sys
from pathlib import Path

from netparity.warm import forked, serving

if __name__ == "__main__":
    forked.import_what_runs_import()
    asked = serving.serve(Path(sys.argv[1]))
    if asked is not None:
        # This is a fork by now; it ends as Python ends.
        forked.become(asked, program=sys.argv[2])
