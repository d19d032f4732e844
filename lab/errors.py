"""What can go wrong with the lab, told to its user.

LabError                   names the thing and, in `next_step`, what to do about it
├── PrerequisiteError      this machine lacks what the lab needs; nothing was started
├── BuildError             a component of the toolchain could not be built
└── ImageError             a container image could not be assembled
"""


class LabError(Exception):
    """The lab cannot go on; `next_step` says what its user can do."""

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.args[0]}\nNext step: {self.next_step}"


class PrerequisiteError(LabError):
    """This machine lacks what the lab needs; nothing was started."""


class BuildError(LabError):
    """A component of the toolchain could not be built."""


class ImageError(LabError):
    """A container image could not be assembled."""
