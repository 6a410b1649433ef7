"""Rules for all tests."""

import os
import signal
from collections.abc import Generator

import pytest

# One thread each: two workers whose libraries take every core would only wait for one another.
# Before anything imports these libraries; processes that tests start inherit it.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(_variable, "1")


def pytest_configure() -> None:
    """Shells start background jobs with SIGINT ignored, and processes of tests would inherit it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
