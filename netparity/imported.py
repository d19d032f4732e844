"""What every run imports, imported: the server of forks has it before it forks (`netparity.forks`)."""

import gc
import importlib
import pkgutil
from typing import Final

from conformance import probes

# Not the plugin itself: pytest could not rewrite its assertions any more, and says so.
_IMPORTED: Final = (
    "_pytest.assertion.rewrite",
    "_pytest.main",
    "_pytest.terminal",
    "kubernetes.client",
    "kubernetes.config",
    "kubernetes.stream.ws_client",
    "netparity.conducting",
)

for _name in (
    *_IMPORTED,
    *(f"{probes.__name__}.{found.name}" for found in pkgutil.iter_modules(probes.__path__)),
):
    importlib.import_module(_name)

# What is there by now stays as it is, and no fork need look at it.
gc.freeze()
