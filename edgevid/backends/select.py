"""Chooses what executes a bundle and says why it passed over the rest: no silent fallback."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from edgevid.card import Card
from edgevid.config.options import validate_options
from edgevid.config.schema import BackendConfig
from edgevid.errors import BackendUnavailableError, ConfigError, ModelError
from edgevid.interfaces import Backend, Bundle, ModelContext

_logger = logging.getLogger(__name__)

AUTO_ORDER = (
    ("onnxruntime", "cuda"),
    ("onnxruntime", "cpu"),
    ("openvino", "cpu"),
    ("torch", "cuda"),
    ("torch", "cpu"),
)
"""Order in which ``auto`` tries. TensorRT only on request: its first start takes minutes."""

AUTO_ORDER_INT8 = (
    ("onnxruntime", "cuda"),
    ("openvino", "cpu"),
    ("onnxruntime", "cpu"),
    ("torch", "cuda"),
    ("torch", "cpu"),
)
"""The same for int8 bundles: measured (docs/benchmarks.md), on x86 processors OpenVINO runs them
faster than ONNX Runtime does."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate that was passed over."""

    backend: str
    device: str
    reason: str
    broken: bool = False
    """Whether it would run here but refuses this bundle."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The backend that runs, and what was tried before it."""

    backend: Backend
    rejected: tuple[Rejected, ...]


def open_backend(
    path: Path,
    card: Card,
    choice: BackendConfig,
    backends: Mapping[str, type[Backend]],
    context: ModelContext | None = None,
    failed: Backend | None = None,
) -> Chosen:
    """Open the first candidate that runs.

    Args:
        path: The bundle.
        card: Its card.
        choice: What the user asked for.
        backends: Installed backends by name.
        context: Handed to the backend.
        failed: A backend that failed in the middle of a run: only those after it are tried.

    Raises:
        BackendUnavailableError: If none runs, with the reason of each.
        ModelError: If what would run refuses the bundle.
    """
    bundle = Bundle(path, card, context or ModelContext())
    rejected: list[Rejected] = []
    refused: ModelError | None = None
    for name, device in _after(failed, candidates(choice, backends, card.precision)):
        cls = backends[name]
        options = validate_options(
            cls.Options, choice.options | {"device": device}, f"backend {name}"
        )
        try:
            if name == "torch" and choice.name == "auto" and card.architecture is None:
                raise BackendUnavailableError("the card names no PyTorch architecture")
            backend = cls(options, bundle)
        except BackendUnavailableError as error:
            rejected.append(Rejected(name, device, str(error)))
            continue
        except ModelError as error:
            refused = refused or error
            rejected.append(Rejected(name, device, str(error), broken=True))
            continue
        backend.opened_on = (name, device)
        for miss in rejected:
            _logger.info("%s on %s passed over: %s", miss.backend, miss.device, miss.reason)
        _logger.info("%s runs on %s (%s)", path.name, name, backend.provider)
        return Chosen(backend, tuple(rejected))
    if refused is not None:
        raise refused
    if not rejected:
        raise BackendUnavailableError(f"{path}: no other backend is left to try")
    reasons = "; ".join(f"{miss.backend} on {miss.device}: {miss.reason}" for miss in rejected)
    wanted = f"require: {choice.require}" if choice.require else f"backend {choice.name!r}"
    raise BackendUnavailableError(f"{path}: {wanted} cannot be met. {reasons}")


def open_each(
    path: Path,
    card: Card,
    backends: Mapping[str, type[Backend]],
    context: ModelContext | None = None,
) -> Iterator[Backend | Rejected]:
    """Open a bundle on every backend and device there is, one after the other.

    Args:
        path: The bundle.
        card: Its card.
        backends: Installed backends by name.
        context: Handed to each.

    Yields:
        The open backend, which is closed before the next one; or why it cannot run here.
    """
    bundle = Bundle(path, card, context or ModelContext())
    for name, cls in backends.items():
        for device in cls.devices:
            options = validate_options(cls.Options, {"device": device}, f"backend {name}")
            try:
                backend = cls(options, bundle)
            except BackendUnavailableError as error:
                yield Rejected(name, device, str(error))
                continue
            except ModelError as error:
                yield Rejected(name, device, str(error), broken=True)
                continue
            with backend:
                yield backend


def _after(failed: Backend | None, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if failed is None:
        return pairs
    was = failed.opened_on
    return pairs[pairs.index(was) + 1 :] if was in pairs else []


def candidates(
    choice: BackendConfig, backends: Mapping[str, type[Backend]], precision: str = "float32"
) -> list[tuple[str, str]]:
    """(backend, device) pairs in the order in which they are tried, for bundles of a precision."""
    if choice.name == "auto":
        if choice.options.get("device") is None and choice.options:
            raise ConfigError(
                f"backend.options {sorted(choice.options)} belong to one backend; "
                f"name it in backend.name instead of auto"
            )
        order = AUTO_ORDER_INT8 if precision == "int8" else AUTO_ORDER
        pairs = [pair for pair in order if pair[0] in backends]
        if choice.require == "tensorrt":
            pairs = [("onnxruntime", "tensorrt")]
    else:
        devices = backends[choice.name].devices
        # TensorRT is never a silent choice either.
        pairs = [(choice.name, d) for d in devices if d != "tensorrt" or choice.require == d]
    device = choice.options.get("device")
    if device is not None and choice.name != "auto":
        pairs = [(choice.name, str(device))]
    if choice.require is not None:
        pairs = [pair for pair in pairs if pair[1] == choice.require]
        if not pairs:
            raise ConfigError(
                f"backend {choice.name!r} has no device {choice.require!r}; "
                f"give another backend or leave out require"
            )
    return pairs
