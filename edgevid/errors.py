"""Every error that edgevid raises on purpose.

EdgevidError
├─ ConfigError (ValueError)               file, line, key path, value, what is accepted
├─ PluginError
│  ├─ UnknownPluginError (LookupError)    near names and the pip command that would help
│  ├─ DuplicatePluginError
│  └─ PluginLoadError
├─ SourceError
│  ├─ SourceOpenError (OSError)           it could not be opened, or nothing came out of it
│  └─ SourceLostError                     it worked and then stopped; live sources try again first
├─ ModelError
│  ├─ BundleError                         malformed bundle or card
│  ├─ WeightsError
│  ├─ BackendUnavailableError (ImportError)
│  └─ InferenceError
├─ SignalsError                            speed and standstill could not be read
├─ SinkError
├─ RecordingError                          a recording could not be written, or is damaged
├─ OverlayError
├─ DataError                               a table, an annotation or a clip for training
├─ EventFileError                          a file of events is malformed
└─ ExportError ─ ParityError

Wrong arguments from Python code stay ``ValueError`` and ``TypeError``.
"""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
"""Colours and moves of the cursor, as compilers and torch put them into their messages."""


class EdgevidError(Exception):
    """Base of all errors meant for people: ``except EdgevidError`` catches every one.

    Examples:
        >>> import edgevid
        >>> try:
        ...     edgevid.load("drivr")
        ... except edgevid.EdgevidError as error:
        ...     print(str(error).partition("?")[0])
        unknown model 'drivr'; did you mean driver
    """


class ConfigError(EdgevidError, ValueError):
    """A configuration, an option or a command-line value is not accepted."""


class PluginError(EdgevidError):
    """Something about a plugin, not about the data it handles."""


class UnknownPluginError(PluginError, LookupError):
    """No installed plugin has that name."""


class DuplicatePluginError(PluginError):
    """Two plugins want the same name."""


class PluginLoadError(PluginError):
    """A plugin could not be imported or registered."""


class SourceError(EdgevidError):
    """A source of frames failed."""


class SourceOpenError(SourceError, OSError):
    """A source could not be opened, or delivered not a single frame."""


class SourceLostError(SourceError):
    """A source stopped delivering and its restart budget is spent."""


class ModelError(EdgevidError):
    """A model could not be built or run."""


class BundleError(ModelError):
    """A bundle or its card is malformed."""


class WeightsError(ModelError):
    """Weights do not fit the network they are meant for."""


class BackendUnavailableError(ModelError, ImportError):
    """A backend or provider cannot run on this machine; the message says why and what to do."""


class InferenceError(ModelError):
    """A model raised while it analysed a frame."""


class SignalsError(EdgevidError):
    """Vehicle signals could not be opened or read."""


class SinkError(EdgevidError):
    """A sink could not be opened or written."""


class RecordingError(EdgevidError):
    """A recording could not be written, or what was given is none, or is damaged."""


class EventFileError(EdgevidError):
    """A file of events cannot be read, or is malformed."""


class BatchError(EdgevidError):
    """Results of a batch could not be written."""


class OverlayError(EdgevidError):
    """An overlay raised while it drew."""


class DataError(EdgevidError):
    """A table, an annotation, a video or an image is not usable; the message says which."""


class ExportError(EdgevidError):
    """A network could not be exported."""


class ParityError(ExportError):
    """Two forms of one model disagree by more than the stated tolerance."""


def one_line(error: BaseException, limit: int = 400) -> str:
    """The text of a foreign error, on one line of at most ``limit`` characters.

    What it quotes may come from a file, and must not steer the terminal.
    """
    text = _ESCAPES.sub("", str(error))
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:limit]
