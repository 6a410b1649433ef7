"""Read datasets of others: each adapter turns a folder into segments.

Segments have an empty split where the dataset does not bring one.
"""

from __future__ import annotations

from collections.abc import Callable

from edgevid_train.data.adapters.csv_segments import csv_segments
from edgevid_train.data.adapters.drive_and_act import drive_and_act
from edgevid_train.data.adapters.folder import folder
from edgevid_train.data.adapters.image_list import image_list
from edgevid_train.data.adapters.openlabel import openlabel
from edgevid_train.data.table import Segment

ADAPTERS: dict[str, Callable[..., list[Segment]]] = {
    "csv_segments": csv_segments,
    "drive_and_act": drive_and_act,
    "folder": folder,
    "image_list": image_list,
    "openlabel": openlabel,
}
"""Name to function ``(root, **options)``."""
