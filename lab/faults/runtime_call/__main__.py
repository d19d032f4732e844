"""The wrapper's start, by its file's path: a Python without site packages knows no `lab`.

Arguments: the wrapper's settings, then those for runc, or `give-back` alone.
"""

import sys

# Not by pathlib, for which see the package; /lab/faults/runtime_call/__main__.py is taken off.
sys.path.append(__file__.rsplit("/", 4)[0])

from lab.faults.runtime_call.wrapper import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
