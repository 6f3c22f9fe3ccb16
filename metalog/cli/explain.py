"""``metalog explain``: what a diagnostic means and what to do about it."""

from __future__ import annotations

import click

from metalog.cli.console import show


@click.command()
@click.argument("codes", nargs=-1, metavar="[CODE]...")
def explain(codes: tuple[str, ...]) -> None:
    """Say what the diagnostics of these codes mean and what to do about them; without a CODE, list all codes."""
    from metalog.diagnostics import CODES
    from metalog.errors import UsageError
    from metalog.runs.words import hint

    for code in codes:
        if code not in CODES:
            raise UsageError(f"no diagnostic has the code {code!r}{hint(code, CODES, 'they')}")
    width = max(map(len, CODES))
    listed = (f"{name:<{width}}  {code.severity:<7}  {code.meaning}" for name, code in CODES.items())
    show("\n\n".join(map(_page, codes)) if codes else "\n".join(listed))


def _page(name: str) -> str:
    from metalog.diagnostics import CODES

    code = CODES[name]
    facts = (("means", code.meaning), ("example", code.example), ("what to do", code.advice))
    return "\n".join([f"{name} ({code.severity})", *(f"  {what:<10}  {text}" for what, text in facts)])
