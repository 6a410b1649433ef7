"""Rules for all tests."""

import gc
import logging
import os
import signal
from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any

import pytest

# One thread each: two workers whose libraries take every core would only wait for one another.
# Before anything imports these libraries; processes that tests start inherit it.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(_variable, "1")


def pytest_configure() -> None:
    """Shells start background jobs with SIGINT ignored, and processes of tests would inherit it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Imported modules stay: looking through them at each collection of garbage takes 0.3 s."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Libraries complain of what is never collected."""
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where EDGEVID_FAIL_ON_SKIP is set, a test that skips itself has failed."""
    report = yield
    if (
        report.skipped
        and os.environ.get("EDGEVID_FAIL_ON_SKIP")
        and not hasattr(report, "wasxfail")
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure here: {report.longrepr}"
    return report


@pytest.fixture
def edgevid(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Generator[Callable[..., SimpleNamespace]]:
    """Run a command line in this process; gives its exit code and all that reached both streams.

    What libraries in C write to the file descriptors counts too, as it does for a user. A process
    of its own takes 1 to 2 seconds to start: only where the process is what is tested.
    """
    from edgevid.cli.app import run_app

    logger = logging.getLogger("edgevid")
    level, handlers = logger.level, logger.handlers

    def run(*arguments: Any, cwd: Any = None) -> SimpleNamespace:
        capfd.readouterr()
        with monkeypatch.context() as here:
            if cwd is not None:
                here.chdir(cwd)
            code = run_app([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return SimpleNamespace(returncode=code, stdout=out, stderr=err)

    yield run
    logger.setLevel(level)
    logger.handlers = handlers
