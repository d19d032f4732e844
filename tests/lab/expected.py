"""The cells that the lab must show, and what each switched-off emulation changes of them."""

from typing import Final

from lab.node_description import Emulation
from verdicts.vocabulary import Feature, Origin, Verdict

Cells = dict[tuple[Feature, str], tuple[Verdict, Origin]]

_E, _M = Origin.EMULATED, Origin.MEASURED
_2016, _1709, _LINUX = "windows-2016", "windows-1709", "linux"

EIGHTEEN: Final[Cells] = {
    (Feature.SHARED_COMPARTMENT, _2016): (Verdict.ALTERNATIVE, _E),
    (Feature.SHARED_COMPARTMENT, _1709): (Verdict.SUPPORTED, _E),
    (Feature.SHARED_COMPARTMENT, _LINUX): (Verdict.SUPPORTED, _M),
    (Feature.SINGLE_ENDPOINT, _2016): (Verdict.ALTERNATIVE, _E),
    (Feature.SINGLE_ENDPOINT, _1709): (Verdict.SUPPORTED, _E),
    (Feature.SINGLE_ENDPOINT, _LINUX): (Verdict.SUPPORTED, _M),
    (Feature.USER_MODE, _2016): (Verdict.SUPPORTED, _E),
    (Feature.USER_MODE, _1709): (Verdict.SUPPORTED, _E),
    (Feature.USER_MODE, _LINUX): (Verdict.SUPPORTED, _M),
    (Feature.KERNEL_MODE, _2016): (Verdict.UNSUPPORTED, _E),
    (Feature.KERNEL_MODE, _1709): (Verdict.SUPPORTED, _E),
    (Feature.KERNEL_MODE, _LINUX): (Verdict.SUPPORTED, _M),
    (Feature.DNS_SUFFIXES, _2016): (Verdict.ALTERNATIVE, _E),
    (Feature.DNS_SUFFIXES, _1709): (Verdict.SUPPORTED, _E),
    (Feature.DNS_SUFFIXES, _LINUX): (Verdict.SUPPORTED, _M),
    (Feature.CNI_PLUGIN, _2016): (Verdict.UNSUPPORTED, _E),
    (Feature.CNI_PLUGIN, _1709): (Verdict.SUPPORTED, _E),
    (Feature.CNI_PLUGIN, _LINUX): (Verdict.SUPPORTED, _M),
}

# What the cells of the 2016 column become with one emulation left out; all others stay.
WITHOUT: Final[dict[Emulation, dict[Feature, Verdict]]] = {
    Emulation.RUNTIME_WRAPPER: {Feature.SHARED_COMPARTMENT: Verdict.SUPPORTED},
    Emulation.SECOND_ENDPOINT: {Feature.SINGLE_ENDPOINT: Verdict.SUPPORTED},
    Emulation.PLAIN_RESOLV_CONF: {Feature.DNS_SUFFIXES: Verdict.SUPPORTED},
    Emulation.TRANSPARENT_NETWORK: {Feature.CNI_PLUGIN: Verdict.SUPPORTED},
    # Without the old proxier nobody adds suffixes to the names of pods that have none.
    Emulation.WINDOWS_PROXIER: {
        Feature.USER_MODE: Verdict.NOT_APPLICABLE,
        Feature.KERNEL_MODE: Verdict.SUPPORTED,
        Feature.DNS_SUFFIXES: Verdict.UNSUPPORTED,
    },
}


COLUMN_2016: Final[dict[Feature, Verdict]] = {
    feature: verdict for (feature, platform), (verdict, _) in EIGHTEEN.items() if platform == _2016
}

# linux-a and win1709-a alone: nobody runs user mode, and 2016 is documented.
KERNEL_NODES_ALONE: Final[Cells] = EIGHTEEN | {
    (Feature.USER_MODE, _1709): (Verdict.NOT_APPLICABLE, _E),
    (Feature.USER_MODE, _LINUX): (Verdict.NOT_APPLICABLE, _M),
    **{
        (feature, _2016): (verdict, Origin.DOCUMENTED)
        for (feature, platform), (verdict, _) in EIGHTEEN.items()
        if platform == _2016
    },
}
