"""``metalog completion``: what makes a shell complete metalog's commands, options, formats and file names."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a shell complete metalog's commands, options, formats and file names.

    To try it in bash or zsh: eval "$(metalog completion bash)". To keep it, write it to
    ~/.local/share/bash-completion/completions/metalog for bash, to a file _metalog in a folder of $fpath for zsh, to
    ~/.config/fish/completions/metalog.fish for fish. A new version of metalog needs no new one.
    """
    from click.shell_completion import get_completion_class

    from metalog.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None  # the choice has click's own names
    click.echo(kind(cli, {}, "metalog", "_METALOG_COMPLETE").source())
