"""Build the runtime's wheel, install it into a fresh environment, print sizes and line counts.

    python tools/wheel_size.py [--extra cpu]

Nothing is left behind. What is installed comes from the index, as on a new machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Build, install and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extra", default="cpu", help="extra of the runtime (default: cpu)")
    extra = parser.parse_args().extra
    with tempfile.TemporaryDirectory() as folder:
        out, venv = Path(folder, "dist"), Path(folder, "venv")
        # The wheel of the sdist: what an index would hold.
        run(sys.executable, "-m", "build", "--quiet", "--outdir", out, ROOT)
        [wheel] = out.glob("*.whl")
        run(sys.executable, "-m", "venv", venv)
        python = venv / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--constraint", ROOT / "constraints.txt", f"{wheel}[{extra}]")  # fmt: skip
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, {lines_of(wheel)}")
        site = next(venv.glob("lib/python*/site-packages"))
        sizes = {
            entry.name: size_of(entry)
            for entry in site.iterdir()
            if not entry.name.endswith((".dist-info", ".pth"))
        }
        print(f"installed with [{extra}]: {size_of(site) / 1e6:.0f} MB; the largest:")
        for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:8]:
            print(f"  {size / 1e6:6.1f} MB  {name}")
        run(python, "-m", "edgevid", "run", ROOT / "examples" / "rendered_drive.mp4", "--quiet")


def run(*command: object) -> None:
    """Run a command; a failure ends the script."""
    subprocess.run([str(part) for part in command], check=True)


def lines_of(wheel: Path) -> str:
    """Files and lines of the Python code in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        texts = [archive.read(name) for name in archive.namelist() if name.endswith(".py")]
    lines = sum(text.count(b"\n") for text in texts)
    return f"{len(texts)} Python files of {lines} lines"


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


if __name__ == "__main__":
    main()
