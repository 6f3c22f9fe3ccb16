"""``metalog train``: meta-learn, and log it. The options are the fields of :class:`trainer.config.Config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field
from pathlib import Path
from typing import Any, Final

import click

from metalog.cli.outputs import refuse_inputs
from metalog.errors import MissingExtraError, UsageError
from trainer.config import ALL, KNOWN

#: The exit code of a shell's command that Ctrl-C stopped.
_INTERRUPTED: Final = 130


def _count(text: str) -> int | str:
    if text == ALL:
        return text
    if text.isdecimal():
        return int(text)
    raise click.BadParameter(f"{text!r} is neither a whole number nor {ALL}")


def _numbers(text: str) -> list[int]:
    numbers = text.split(",")
    if all(number.strip().isdecimal() for number in numbers):
        return [int(number) for number in numbers]
    raise click.BadParameter(f"{text!r} is no list of whole numbers such as 6,10,12")


#: What a field's type, as its annotation spells it, is on the command line, and how the help shows it.
_TYPES: Final[dict[str, tuple[Any, str | None]]] = {
    "int": (int, None),
    "float": (float, None),
    "str": (str, None),
    "int | str": (_count, f"NUMBER|{ALL}"),
    "tuple[str, ...]": (str, "DATA"),
    "tuple[int, ...]": (_numbers, "N,N,…"),
}


def _option_of(entry: Field[Any]) -> Any:
    """Return click's option for a field; what isn't given stays None, so that a file and the recipe can tell."""
    name, kind, text = entry.name.replace("_", "-"), str(entry.type), entry.metadata["help"]
    if kind == "bool":
        return click.option(f"--{name}/--no-{name}", default=None, help=text)
    choices = entry.metadata["choices"]
    type_, metavar = (click.Choice(choices), None) if choices else _TYPES[kind]
    default = ",".join(map(str, entry.default)) if isinstance(entry.default, tuple) else entry.default
    shown = f"{text}  [default: {default}]" if default != "" else text
    return click.option(f"--{name}", type=type_, metavar=metavar, multiple=kind == "tuple[str, ...]", help=shown)


def config_options(command: Any) -> Any:
    """Give a command an option for each setting of a run; one that isn't given is None, or empty."""
    for entry in reversed(KNOWN.values()):
        command = _option_of(entry)(command)
    return command


def _refuse_without_effect(options: Mapping[str, Any], settings: Mapping[str, Any], file: str) -> None:
    """Refuse a recipe or preset that would only rename the run: all that it sets is overridden by the file."""
    from trainer.settings import tells_all

    for key in ("recipe", "preset"):
        if key in options and options[key] != settings.get(key) and tells_all(settings):
            raise UsageError(f"{file} tells every setting, so that --{key} {options[key]} changes none; leave one out")


@click.command()
@click.option("-o", "--output", default="run.txt", show_default=True, metavar="FILE", help="The log.")
@click.option("--resume", is_flag=True, help="Go on where the run that wrote this log was stopped.")
@click.option("--overwrite", is_flag=True, help="Write over a log that exists.")
@click.option("--config", "file", metavar="FILE", help="TOML file with settings, or a log whose run to repeat.")
@click.option("--learning", is_flag=True, help="Learn a single problem without meta-learning: a plain learning log.")
@config_options
@click.pass_context
def train(
    ctx: click.Context, /, output: str, resume: bool, overwrite: bool, file: str | None, learning: bool, **given: Any
) -> None:
    """Train a meta-learner (MAML on pairs of characters) and log it.

    Options override the file of --config, which overrides the preset, which overrides the recipe. Ctrl-C and SIGTERM
    write a checkpoint beside the log; --resume goes on from it.
    """
    try:
        from trainer import checkpoint
        from trainer.train import learn, train
    except ImportError as error:
        raise MissingExtraError("torch", "train", "training") from error
    from trainer.settings import read_settings, resolve

    path = Path(output)
    options = {key: value for key, value in given.items() if value not in (None, ())}
    layers = [read_settings(file)] if file else []
    if file:
        _refuse_without_effect(options, layers[0], file)
    if resume and checkpoint.path_of(path).exists():
        layers.insert(0, checkpoint.load_last(checkpoint.path_of(path)).config)
    config = resolve(*layers, options)
    if overwrite:
        refuse_inputs(
            [path, checkpoint.path_of(path), checkpoint.previous_of(path)], [*([file] if file else []), *config.data]
        )
    if learning:
        learn(config, path, overwrite=overwrite)
    elif not train(config, path, resume=resume, overwrite=overwrite, tell=click.echo):
        click.echo(f"metalog: stopped; go on with: metalog train -o {output} --resume", err=True)
        ctx.exit(_INTERRUPTED)
