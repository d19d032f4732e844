"""The wrapper's start, by its file's path: a Python without site packages knows no `lab`.

Arguments: the wrapper's own name, beside which its configuration lies, then those for runc.
"""

import sys

# Not by pathlib, for which see the package; /lab/oci_wrapper/__main__.py is taken off.
sys.path.append(__file__.rsplit("/", 3)[0])

from lab.oci_wrapper.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
