"""The option ``--format`` of every command that reads logs."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class FormatName(click.types.StringParamType):
    """The name of a format or the file of a declaration; a shell completes both."""

    name = "format"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """Let the shell complete the names that are known, and files."""
        import warnings

        from click.shell_completion import CompletionItem

        from metalog.reading.known import known_formats

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nobody who types sees it, or may be disturbed by it
            known = [one for one in known_formats() if one.name.startswith(incomplete)]
        return [CompletionItem(one.name, help=one.title) for one in known] or [CompletionItem(incomplete, type="file")]


#: Gives a command the option.
format_option = click.option(
    "--format",
    "log_format",
    type=FormatName(),
    metavar="NAME|FILE",
    help="Format of the log: a name (metalog formats list) or a declaration's FILE.toml (default: it is found out).",
)


def tell_apart(form: str | None, log_format: str | None, forms: Container[str]) -> tuple[str | None, str | None]:
    """Return the form that is written, and the format of the log that is read.

    ``--format csv`` said the former before logs had formats; a word that is one of the `forms` still does.
    """
    if log_format in forms:
        return form or log_format, None
    return form, log_format
