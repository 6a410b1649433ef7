"""Shows the logits of a backend's last run, which the model turns into scores and drops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from edgevid import Backend


class LogitTap(Backend):
    """A backend around another one; everything but ``logits`` is the other's.

    Scores cannot be turned back into logits: what softmax rounds to 0 is gone, and a temperature
    fitted without it is wrong.
    """

    name: ClassVar[str] = "logit_tap"

    def __init__(self, inner: Backend) -> None:
        self.options, self.card, self._inner = inner.options, inner.card, inner
        self.logits: npt.NDArray[np.float32] = np.zeros((0, 0), np.float32)
        """Logits of the streams of the last run, float32, (N, K), before any temperature."""

    @property
    def inner_name(self) -> str:
        """Name of the backend inside."""
        return self._inner.name

    @property
    def provider(self) -> str:
        """Execution provider in use."""
        return self._inner.provider

    @property
    def report(self) -> dict[str, Any]:
        """Settings of the backend inside."""
        return self._inner.report

    def run(
        self, inputs: Mapping[str, npt.NDArray[Any]], memories: Sequence[Any]
    ) -> tuple[dict[str, npt.NDArray[Any]], list[Any]]:
        """Run the backend inside and copy its logits."""
        outputs, following = self._inner.run(inputs, memories)
        self.logits = outputs["logits"].astype(np.float32)
        return outputs, following

    def close(self) -> None:
        """Close the backend inside."""
        self._inner.close()
