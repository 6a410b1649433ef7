from collections.abc import Callable
from typing import Any

from edgevid_synth.dataset.clip_table import write_clip_table as write_clip_table
from edgevid_synth.dataset.clips import POINTS as POINTS
from edgevid_synth.dataset.clips import VISIBLE_AREA as VISIBLE_AREA
from edgevid_synth.dataset.clips import ClipSettings as ClipSettings
from edgevid_synth.dataset.clips import clip_renderer as clip_renderer
from edgevid_synth.dataset.clips import write_clips as write_clips
from edgevid_synth.dataset.drive_sets import DriveSettings as DriveSettings
from edgevid_synth.dataset.drive_sets import write_drive_table as write_drive_table
from edgevid_synth.dataset.drive_sets import write_drives as write_drives
from edgevid_synth.dataset.drives import write_drive as write_drive
from edgevid_synth.dataset.parallel import for_each as for_each
from edgevid_synth.dataset.video import write_video as write_video
from edgevid_synth.description import SceneDescription as SceneDescription
from edgevid_synth.labels import BACKGROUND as BACKGROUND
from edgevid_synth.labels import LABELS as LABELS
from edgevid_synth.labels import mirrored as mirrored
from edgevid_synth.parts import PROPS as PROPS
from edgevid_synth.parts import Part as Part
from edgevid_synth.renderer import RenderedFrame as RenderedFrame
from edgevid_synth.renderer import Renderer as Renderer
from edgevid_synth.source import SyntheticDriveSource as SyntheticDriveSource

def register_sources(register: Callable[[str, Any], None]) -> None: ...
def register_commands(register: Callable[[str, Any], None]) -> None: ...
