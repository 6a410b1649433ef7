from collections.abc import Sequence

from edgevid.cli.progress import progress_bar as progress_bar
from edgevid.cli.progress import steps as steps
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

def main(argv: Sequence[str] | None = None) -> None: ...
