"""Runs a program for which raising a resource limit always succeeds, and changes nothing.

Run as a file, by the standard library alone: `granted_limits.py PROGRAM ARGUMENT...`. A seccomp
filter answers the two system calls for the kernel; reading a limit stays real. Unlike a tracer it
costs the program, and everything that the program runs, nothing.
"""

import ctypes
import os
import sys

_ALLOW = 0x7FFF0000
_SUCCEED = 0x00050000  # SCMP_ACT_ERRNO(0): the call returns 0 and is not made
_NOT_EQUAL = 1
_RAISING = {"prlimit64": 2, "setrlimit": 1}
"""System calls that set a limit, each with the position of its pointer to the new one."""


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp` of libseccomp."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


def grant() -> None:
    """Let this process, and what it executes, succeed in setting any resource limit.

    Raises:
        OSError: libseccomp is missing, or the kernel does not take the filter.
    """
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add_array.argtypes = (
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint),
        ctypes.POINTER(_Comparison),
    )
    library.seccomp_load.argtypes = (ctypes.c_void_p,)
    rules = library.seccomp_init(_ALLOW)
    for call, position in _RAISING.items():
        number = library.seccomp_syscall_resolve_name(call.encode())
        given = _Comparison(position, _NOT_EQUAL, 0, 0)
        _done(library.seccomp_rule_add_array(rules, _SUCCEED, number, 1, ctypes.byref(given)))
    _done(library.seccomp_load(rules))


def _done(code: int) -> None:
    if code != 0:
        raise OSError(-code, f"seccomp: {os.strerror(-code)}")


if __name__ == "__main__":
    grant()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell
