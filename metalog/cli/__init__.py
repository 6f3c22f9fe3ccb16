"""The command line: a thin call of the API per command, each imported only when it is called."""

from __future__ import annotations

import errno
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from metalog.cli.groups import HelpfulGroup
from metalog.errors import FormatWarning, MetalogError

#: Command -> module in this package that defines it under the same name, and its line in ``metalog --help``.
#: The line stands here so that the help needs none of the modules.
COMMANDS = {
    "parse": ("parse", "Read logs into tidy frames; print a summary or write the frames."),
    "watch": ("watch", "Show whether runs are all right while they go on."),
    "check": ("check", "List every diagnostic of a log with its place."),
    "explain": ("explain", "Say what a diagnostic means and what to do about it."),
    "plot": ("plot", "Draw a run's figures."),
    "report": ("report", "Write one HTML file that shows runs: offline, complete, still or live."),
    "summary": ("summary", "Print the key numbers of runs as a table."),
    "compare": ("compare", "Set runs side by side, with differences and their intervals."),
    "formats": ("formats", "List, show, test and draft the formats of logs."),
    "train": ("train", "Train a meta-learner (MAML on pairs of characters) and log it."),
    "evaluate": ("evaluate", "Meta-test a checkpoint on held-out alphabets."),
    "audit": ("audit", "Check a training set-up for leaks, repeated pairs and imbalance."),
    "search": ("search", "Search for settings that learn best; run the best again on fresh seeds."),
    "ablate": ("ablate", "Find out which of several differences in training matters."),
    "demo": ("demo", "Train a tiny run, parse its log and draw its figures."),
    "completion": ("completion", "Print what makes a shell complete commands and file names."),
    "doctor": ("doctor", "Print versions, engine, extras and cores."),
}


#: What one may want to do -> the commands for it, for the help.
SECTIONS = {
    "Read logs": ("parse", "check", "explain", "watch", "formats"),
    "See and compare runs": ("plot", "report", "summary", "compare"),
    "Train, and find out why": ("train", "evaluate", "search", "audit", "ablate", "demo"),
    "Set up": ("completion", "doctor"),
}


class LazyGroup(HelpfulGroup):
    """A group that imports a command's module when the command is called, not for the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import and return the command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"metalog.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them, grouped by what one wants to do."""
        width = max(map(len, COMMANDS))
        for heading, names in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), COMMANDS[name][1]) for name in names if name in COMMANDS])


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from metalog import __version__
        from metalog.scan.engines import engine_name

        click.echo(f"metalog {__version__} (scan engine: {engine_name()})")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Turn the text logs of meta-learning runs into tidy frames and figures."""


def main() -> None:
    """Run the command line; turn expected errors into one sentence on stderr and an exit code."""
    from metalog.cli import console

    console.prepare()
    with _ended_by_signals(), _no_warnings_shown():
        try:
            code = _call()
            sys.stdout.flush()
        except MetalogError as error:
            console.complain(error)
            code = exit_code(error)
        except OSError as error:  # a full disk behind standard output, say
            console.silence_output()
            code = 1
            if error.errno != errno.EPIPE:  # a reader that went away has seen enough
                console.complain(console.reason(error))
                code = 2
        sys.exit(code)


def _call() -> int:
    """Call the command; return its exit code."""
    from metalog.cli import console

    try:
        answer = cli(prog_name="metalog", standalone_mode=False)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.UsageError as error:
        where = f"; see {error.ctx.command_path} --help" if error.ctx else ""
        console.complain(error.format_message().rstrip(".") + where)
    except click.Abort:
        console.complain("aborted")
        return 1
    else:
        return answer if isinstance(answer, int) else 0
    return 2


@contextmanager
def _no_warnings_shown() -> Iterator[None]:
    """Keep from the user what packages warn programmers of, unless ``-W`` asks for it; say what is meant for users."""
    from metalog.cli.console import say

    with warnings.catch_warnings():
        warnings.simplefilter("always", FormatWarning)
        show = warnings.showwarning

        def tell(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, FormatWarning):
                say(f"metalog: {message}")
            elif sys.warnoptions:
                show(message, category, *place, **more)

        warnings.showwarning = tell
        yield


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and a lost terminal end the program at once, as they do, but leave no temporary file behind.

    An exception would not do: it would wait for threads that read, which a named pipe may hold for ever.
    """

    def leave(number: int, _: object) -> None:
        if "metalog.output.atomic" in sys.modules:
            from metalog.output.atomic import remove_unfinished

            remove_unfinished()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in (getattr(signal, name) for name in names)}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:  # nohup has it ignored
            signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(error: MetalogError) -> int:
    """Return 1 where something was found wrong with the contents of a log, 2 where the call can't be carried out."""
    from metalog.errors import EmptyLogError, FormatError

    return 1 if isinstance(error, EmptyLogError | FormatError) else 2
