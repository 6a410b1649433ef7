"""Datasets, training and evaluation. Importing this loads no torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgevid import hookimpl
from edgevid_train.commands.adapt import adapt
from edgevid_train.commands.data import app as data_app
from edgevid_train.commands.evaluate import evaluate
from edgevid_train.commands.motion import motion as motion_command
from edgevid_train.commands.saliency import saliency
from edgevid_train.commands.train import train


@hookimpl
def register_commands(register: Callable[[str, Any], None]) -> None:
    """Register what makes data, trains and evaluates."""
    register("data", data_app)
    register("train", train)
    register("evaluate", evaluate)
    register("saliency", saliency)
    register("adapt", adapt)
    register("motion", motion_command)
