"""The command ``edgevid``: arguments, printing and exit codes; no logic.

Beside ``main``, it has what plugins' commands share, loaded when first used.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "BackendOption": "edgevid.cli.shared_options",
    "ConfigOption": "edgevid.cli.shared_options",
    "err": "edgevid.cli.session",
    "JsonOption": "edgevid.cli.shared_options",
    "loaded_plugins": "edgevid.cli.session",
    "ModelOption": "edgevid.cli.shared_options",
    "out": "edgevid.cli.session",
    "override_inner": "edgevid.cli.shared_options",
    "progress_bar": "edgevid.cli.progress",
    "ProfileOption": "edgevid.cli.shared_options",
    "QuietOption": "edgevid.cli.shared_options",
    "RequireOption": "edgevid.cli.shared_options",
    "SetOption": "edgevid.cli.shared_options",
    "SHARED_KEYS": "edgevid.cli.shared_options",
}

__all__ = ["main", *sorted(_PUBLIC)]

if TYPE_CHECKING:
    from edgevid.cli.progress import progress_bar as progress_bar
    from edgevid.cli.session import err as err
    from edgevid.cli.session import loaded_plugins as loaded_plugins
    from edgevid.cli.session import out as out
    from edgevid.cli.shared_options import SHARED_KEYS as SHARED_KEYS
    from edgevid.cli.shared_options import BackendOption as BackendOption
    from edgevid.cli.shared_options import ConfigOption as ConfigOption
    from edgevid.cli.shared_options import JsonOption as JsonOption
    from edgevid.cli.shared_options import ModelOption as ModelOption
    from edgevid.cli.shared_options import ProfileOption as ProfileOption
    from edgevid.cli.shared_options import QuietOption as QuietOption
    from edgevid.cli.shared_options import RequireOption as RequireOption
    from edgevid.cli.shared_options import SetOption as SetOption
    from edgevid.cli.shared_options import override_inner as override_inner

_INTERRUPTED = 130
_NO_GL = (
    "error: OpenCV cannot be loaded ({reason}). This machine has no libGL: either install it "
    "(Debian: apt-get install libgl1 libglib2.0-0), or use the build without windows, which works "
    "in its place: pip uninstall opencv-python && pip install opencv-python-headless"
)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        _main(sys.argv[1:] if argv is None else list(argv))
    except KeyboardInterrupt:
        # Before a command runs: loading takes a second.
        print("error: interrupted", file=sys.stderr)
        raise SystemExit(_INTERRUPTED) from None


def _main(argv: list[str]) -> None:
    try:
        import cv2  # noqa: F401 - everything needs it, and it fails in a way that needs explaining
    except ImportError as error:
        reason = str(error)
        if "libGL" in reason or "libgthread" in reason:
            print(_NO_GL.format(reason=reason), file=sys.stderr)
            raise SystemExit(2) from None
        raise
    from edgevid.cli.app import run_app

    raise SystemExit(run_app(argv))
