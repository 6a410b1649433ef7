"""The command ``edgevid``: arguments, printing and exit codes; no logic."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgevid.cli.progress import progress_bar as progress_bar

__all__ = ["main", "progress_bar"]

_INTERRUPTED = 130
_NO_GL = (
    "error: OpenCV cannot be loaded ({reason}). This machine has no libGL: either install it "
    "(Debian: apt-get install libgl1 libglib2.0-0), or use the build without windows, which works "
    "in its place: pip uninstall opencv-python && pip install opencv-python-headless"
)


def __getattr__(name: str) -> Any:
    """Load what plugins' commands share when it is first used."""
    if name == "progress_bar":
        from edgevid.cli.progress import progress_bar

        return progress_bar
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


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
