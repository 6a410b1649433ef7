"""``python -m edgevid`` is the command ``edgevid``."""

from edgevid.cli import main

if __name__ == "__main__":
    main()
