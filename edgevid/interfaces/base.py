"""Base of all plugins: options that are checked, and a defined end."""

from __future__ import annotations

from abc import ABC
from types import TracebackType

from typing_extensions import Self

from edgevid.strict import StrictModel


class Options(StrictModel):
    """Base of every plugin's inner ``Options``: unknown keys are refused, values are frozen."""


class Closing(ABC):  # noqa: B024 - the roles below are abstract
    """Context manager that closes."""

    def close(self) -> None:  # noqa: B027 - nothing to release is a fine default
        """Release everything. Called once, also after a failed ``open``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @classmethod
    def unavailable(cls) -> str | None:
        """Say why this cannot run on this machine and what to do, or None if it can."""
        return None
