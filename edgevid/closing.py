"""Objects that release what they hold, also as context managers."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from typing_extensions import Self


class Closing:
    """Context manager that closes."""

    def close(self) -> Any:
        """Release everything."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
