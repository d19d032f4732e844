"""The wrapper's start, by its file's path: a Python without site packages knows no `lab`.

Argument: the wrapper's settings.
"""

import sys

# Not by pathlib, for which see the package; /lab/faults/plugin_call/__main__.py is taken off.
sys.path.append(__file__.rsplit("/", 4)[0])

from lab.faults.plugin_call.wrapper import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
