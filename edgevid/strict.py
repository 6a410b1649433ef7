"""Base of all data that is checked: pydantic models that refuse unknown keys."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class StrictModel(BaseModel):
    """A pydantic model whose values are frozen and whose unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
