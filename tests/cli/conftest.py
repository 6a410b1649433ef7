import logging
from types import SimpleNamespace

import pytest

from edgevid.cli.app import run_app


@pytest.fixture
def edgevid(capfd, monkeypatch):
    """Run one command line in this process; its exit code, and all that reached both streams.

    What libraries in C write to the file descriptors counts too, as it does for a user.
    """
    logger = logging.getLogger("edgevid")
    before = logger.level, logger.handlers

    def run(*arguments, cwd=None):
        capfd.readouterr()
        with monkeypatch.context() as here:
            if cwd is not None:
                here.chdir(cwd)
            code = run_app([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return SimpleNamespace(returncode=code, stdout=out, stderr=err)

    yield run
    logger.level, logger.handlers = before
