"""Puts the commands together and turns every error into one line and an exit code."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler

from edgevid.cli import config, doctor, models, plugins, probe, record, run
from edgevid.cli.session import Cli, loaded_plugins
from edgevid.errors import EdgevidError, UnknownPluginError
from edgevid.version import __version__

EXIT_WRONG = 2
EXIT_BUG = 70
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="edgevid",
    help="Detects driver behaviour in video, in seconds and with reasons.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("record")(record.record)
app.command("replay")(record.replay)
app.command("probe")(probe.probe)
app.command("plugins")(plugins.plugins)
app.add_typer(models.app, name="models")
app.add_typer(config.app, name="config")
app.command("doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"edgevid {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Verbose logging.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Detects driver behaviour in video, in seconds and with reasons."""
    Cli.debug = debug
    handler = RichHandler(
        console=Console(stderr=True), show_time=False, show_path=False, markup=False
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("edgevid")
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING)


def run_app(argv: list[str]) -> int:
    """Run one command line; returns the exit code."""
    Cli.debug = "--debug" in argv
    try:
        command = typer.main.get_command(_with_plugin_commands(app, argv))
        code: Any = command.main(args=argv, prog_name="edgevid", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except EdgevidError as error:
        return _fail(str(error), EXIT_WRONG)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): nothing is wrong with us.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        show = getattr(error, "show", None)
        if show is not None:
            show()
            return int(getattr(error, "exit_code", EXIT_WRONG))
        kind = type(error).__name__
        return _fail(
            f"{kind}: {error}. This is a bug; run again with --debug for the traceback", EXIT_BUG
        )


def _fail(message: str, code: int) -> int:
    if Cli.debug and sys.exc_info()[0] is not None:
        Console(stderr=True).print_exception()
    print("error: " + " ".join(message.split()), file=sys.stderr)
    return code


def _with_plugin_commands(base: typer.Typer, argv: list[str]) -> typer.Typer:
    """Add the commands that plugins bring; our own commands do not wait for plugins to load."""
    own = {c.name for c in base.registered_commands} | {g.name for g in base.registered_groups}
    first = next((a for a in argv if not a.startswith("-")), None)
    if first in own:
        return base
    commands = loaded_plugins().commands
    if first and first in commands.bringers and first not in commands:
        raise UnknownPluginError(
            f"the command {first!r} is not installed, or its plugin did not load (`edgevid "
            f"plugins` shows why); pip install {commands.bringers[first]}"
        )
    for name in commands:
        if name in own:
            continue
        command = commands[name]
        if isinstance(command, typer.Typer):
            base.add_typer(command, name=name)
        else:
            base.command(name)(command)
    return base
