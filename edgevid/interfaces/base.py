"""Base of all plugins: options that are checked, and a defined end."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from pydantic import BaseModel

from edgevid.closing import Closing
from edgevid.strict import StrictModel


class Options(StrictModel):
    """Base of every plugin's inner ``Options``: unknown keys are refused, values are frozen."""


class Plugin(Closing, ABC):
    """Base of every role: a context manager that closes, made from its checked options.

    A role that works on one thing takes it as its second argument: ``Source(options, uri)``,
    ``Model(options, context)``. Nothing is opened by then, save by models and backends.
    """

    Options: ClassVar[type[BaseModel]] = Options
    options: BaseModel

    def __init__(self, options: BaseModel) -> None:
        self.options = options

    @classmethod
    def unavailable(cls) -> str | None:
        """Say why this cannot run on this machine and what to do, or None if it can."""
        return None

    def close(self) -> None:
        """Release everything. Called once, also after a failed ``open``."""
