"""``metalog doctor``: what is installed here, what is not, and what that costs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import metadata
from typing import Final

import click

from metalog.cli.console import show

_NAME: Final = "metalog-toolkit"
#: Extras for those who work on metalog itself.
_FOR_DEVELOPERS: Final = ("dev", "docs", "bench")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def doctor(as_json: bool) -> None:
    """Print versions, engine, extras, cores and where formats are looked for: what a report of a bug should say."""
    facts = dict(_facts())
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    width = max(map(len, facts))
    show("\n".join(f"{what:<{width}}  {is_so}" for what, is_so in facts.items()))


def _facts() -> Iterator[tuple[str, str]]:
    import platform

    from metalog import __version__
    from metalog.reading.known import user_folder
    from metalog.reading.threads import processors
    from metalog.scan.engines import engine_name

    engine = engine_name()
    slow = "" if engine == "native" else ": slow; install a wheel, or a C compiler and then metalog anew"
    yield "metalog", __version__
    yield "engine", f"{engine}{slow}"
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "system", f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield "cores", str(processors())
    yield "formats", str(user_folder())
    try:
        needs = metadata.requires(_NAME) or []
    except metadata.PackageNotFoundError:
        yield "packages", f"{_NAME} is not installed; metalog runs from a folder of its source"
        return
    yield from _packages(needs)


def _packages(needs: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what each package's version is, and what to install where one is missing."""
    for need in needs:
        name = re.match(r"[\w.-]+", need)
        extra = re.search(r"extra == ['\"](\w+)['\"]", need)
        if name is None or (extra and extra[1] in _FOR_DEVELOPERS):
            continue
        try:
            found = metadata.version(name[0])
        except metadata.PackageNotFoundError:
            found = f'not installed; pip install "{_NAME}[{extra[1]}]"' if extra else "missing: install metalog anew"
        yield f"{name[0]} [{extra[1]}]" if extra else name[0], found
