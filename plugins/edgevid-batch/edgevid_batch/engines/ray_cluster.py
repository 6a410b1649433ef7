"""A Ray cluster to work on: one that is there, or Ray on this machine alone."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from edgevid.errors import ConfigError, one_line

_logger = logging.getLogger(__name__)

_CONNECT_SECONDS = 5.0
_HINT = "give HOST:PORT of the head as `ray start --head` prints it, on a machine of the cluster"


@contextmanager
def connected(address: str | None, num_cpus: int | None) -> Iterator[Any]:
    """The module ``ray``, connected until the end.

    Args:
        address: HOST:PORT of a head, or auto; None starts Ray here.
        num_cpus: Tasks at once, where Ray is started here.

    Raises:
        ConfigError: If Ray is not installed, or there is no cluster at the address.
    """
    # Ray reports its use to its makers unless that is turned off.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Otherwise it prints a summary in the end, from no thread of its own.
    os.environ["RAY_DEDUP_LOGS"] = "0"
    if address is None:
        _restrict_to_loopback()
    else:
        _check_address(address)
    try:
        import ray
    except ImportError as error:
        raise ConfigError(
            '--engine ray needs Ray: pip install "edgevid[batch,ray]" on every node'
        ) from error
    quiet = {"log_to_driver": False, "logging_level": "CRITICAL"}
    try:
        if address is None:
            ray.init("local", include_dashboard=False, num_cpus=num_cpus, **quiet)
        else:
            ray.init(address, **quiet)
    # Ray ends the process where the versions of two sides, or what listens there, do not fit.
    except (Exception, SystemExit) as error:
        raise ConfigError(f"{_named(address)}: {one_line(error)}; {_HINT}") from error
    with redirect_stdout(_Remarks(sys.stdout)):
        try:
            yield ray
        finally:
            ray.shutdown()


class _Remarks:
    """Standard output without what Ray's threads print there: results are all that belongs there.

    What Ray says of lost nodes is logged instead.
    """

    def __init__(self, target: Any) -> None:
        self._target = target

    def write(self, text: str) -> int:
        if not threading.current_thread().name.startswith("ray_"):
            return int(self._target.write(text))
        if text.strip():
            _logger.info("ray: %s", text.strip())
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


def _named(address: str | None) -> str:
    return f"--address {address}" if address else "--engine ray"


def _restrict_to_loopback() -> None:
    """Let Ray listen to this machine alone, and to who knows a word: it runs what it is sent."""
    # By its name this is for other systems; it is what keeps Ray on the loopback device.
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    if "RAY_AUTH_MODE" not in os.environ:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(16)


def _check_address(address: str) -> None:
    """Ray tries for minutes to reach a head that is not there."""
    if address == "auto":
        return
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536 or "/" in host:
        raise ConfigError(f"--address {address}: not accepted; {_HINT}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or "no answer"
        raise ConfigError(f"--address {address}: {reason}; {_HINT}") from error
