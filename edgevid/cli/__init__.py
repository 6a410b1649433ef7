"""The command ``edgevid``: arguments, printing and exit codes; no logic.

Beside ``main``, it has what plugins' commands share, loaded when first used.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from edgevid import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__)
__all__ += ["main"]

_INTERRUPTED = 130
_NO_GL = (
    "error: OpenCV cannot be loaded ({reason}). This machine has no libGL: either install it "
    "(Debian: apt-get install libgl1 libglib2.0-0), or use the build without windows, which works "
    "in its place: pip uninstall opencv-python && pip install opencv-python-headless"
)


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
