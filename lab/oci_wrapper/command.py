"""The program that containerd runs: hands everything over to runc but what is emulated."""

from lab.oci_wrapper import compartments
from lab.oci_wrapper.calls import Call, Settings
from lab.oci_wrapper.documents import WrapperError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(program: str, arguments: "Sequence[str]") -> int:
    """Do what containerd asks; return 1, and say why, where that cannot be done.

    The configuration lies beside the program, under its name and `.json`.
    """
    call = Call(arguments)
    try:
        settings = Settings(f"{program}.json")
        if call.action == "create":
            return compartments.create(settings, call)
        if call.action == "delete":
            # Ahead of runc, so that an attempt that fails here is repeated as a whole.
            compartments.give_back(settings, call.container)
        call.hand_over(settings.runc)
    except (WrapperError, OSError) as error:
        call.report_error(f"{call.action} {call.container}: {error}")
    return 1
