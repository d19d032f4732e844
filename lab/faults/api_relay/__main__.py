"""The relay's start, by its file's path: a Python without site packages knows no `lab`."""

import sys

# Not by pathlib, which is dear to import; /lab/faults/api_relay/__main__.py is taken off.
sys.path.append(__file__.rsplit("/", 4)[0])

from lab.faults.api_relay.relay import main

if __name__ == "__main__":
    main(sys.argv[1])
