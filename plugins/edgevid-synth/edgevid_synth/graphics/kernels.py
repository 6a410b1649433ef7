"""Compilation of kernels with numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]
"""Any array that a kernel is specialised for."""
F = TypeVar("F", bound=Callable[..., Any])


def kernel(*, inline: bool = False) -> Callable[[F], F]:
    """Compile a function when it is first called; the code is cached on disk.

    Args:
        inline: Compile it into its callers. A call that passes arrays counts references,
            atomically; per pixel that was most of the time.
    """
    compiled = njit(
        cache=True,
        fastmath=True,
        nogil=True,
        error_model="numpy",
        inline="always" if inline else "never",
    )
    return cast("Callable[[F], F]", compiled)
