"""Public names; see ``edgevid.lazy``."""

from edgevid.events.profiles import merge as merge
from edgevid.events.profiles import profile_names as profile_names
