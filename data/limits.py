"""Limits that a short-lived process gives itself: an end with its caller, memory and processor time."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from contextlib import suppress
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def end_with(caller: int) -> None:
    """Have the kernel end this process with its caller, where it can (Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != caller:
        os._exit(1)


def limit(memory: int, processor: int) -> None:
    """At most `memory` bytes of address space and `processor` seconds; no core files."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_AS, memory),
    ):
        hard = resource.getrlimit(what)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # Some systems know a limit but do not let it be set; the caller's clock stands in any case.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (soft, hard))
