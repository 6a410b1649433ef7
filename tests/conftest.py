"""Rules for all tests."""

import os

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
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
