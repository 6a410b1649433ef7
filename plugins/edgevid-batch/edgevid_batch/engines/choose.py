"""The engine that a configuration names, with its model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edgevid.machine import usable_cores
from edgevid.plugins import Plugins
from edgevid_batch.config.batch import BatchConfig
from edgevid_batch.engines.engine import Engine
from edgevid_batch.engines.local import LocalEngine
from edgevid_batch.engines.model import Facts, opened_model
from edgevid_batch.engines.ray import open_ray


@contextmanager
def open_engine(config: BatchConfig, plugins: Plugins) -> Iterator[tuple[Engine, Facts]]:
    """An engine that is closed at the end, and what it says of the model.

    Raises:
        ConfigError: If an option is not accepted, or what an engine needs is not installed.
        ModelError: If the model cannot be built.
    """
    if config.engine == "ray":
        with open_ray(config) as (engine, facts):
            yield engine, facts
        return
    with opened_model(config, plugins) as (model, facts):
        workers = config.workers or usable_cores()
        local = LocalEngine(model, batch_size=facts.batch_size, num_workers=workers)
        try:
            yield local, facts
        finally:
            local.close()
