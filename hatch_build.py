"""Extras that name our other distributions: local folders in a checkout, plain names elsewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class LocalExtras(MetadataHookInterface):
    """Lets ``pip install ".[batch]"`` work from a checkout, without an index that has edgevid."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the optional dependencies from the table of this hook in ``pyproject.toml``."""
        # What is published must not name folders of the machine that built it.
        is_published = "build_sdist" in sys.argv or "sdist" in sys.argv
        metadata["optional-dependencies"] = {
            extra: needs if is_published else [self._local(need) for need in needs]
            for extra, needs in self.config["extras"].items()
        }

    def _local(self, need: str) -> str:
        name = re.match(r"[\w.-]+", need)[0]
        for folder in (Path(self.root, "plugins", name), Path(self.root, name.partition("-")[2])):
            if name.startswith("edgevid-") and (folder / "pyproject.toml").is_file():
                return f"{need} @ {folder.as_uri()}"
        return need
