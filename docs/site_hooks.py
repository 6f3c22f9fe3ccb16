"""What the site needs that the repository has elsewhere: pages from its root, and the declarations of formats.

On the site, a link from a page to ``../metalog/formats/x.toml`` leads to a copy of it, and one to a page of the root to
that page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
#: Page of the repository's root -> page of the site.
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
DECLARATIONS = "metalog/formats"
_LINK = re.compile(r"\]\(([^)#]*)(#[^)]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of the root, and the declarations."""
    for source, name in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=_LINK.sub(_from_root, text)))
    for path in sorted((ROOT / DECLARATIONS).glob("*.toml")):
        files.append(File.generated(config, f"formats/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links out of the folder of pages lead to what :func:`on_files` has added."""
    return _LINK.sub(_from_docs, markdown)


def _from_root(found: re.Match[str]) -> str:
    target = found[1]
    return f"]({PAGES.get(target) or target.removeprefix('docs/')}{found[2] or ''})"


def _from_docs(found: re.Match[str]) -> str:
    target = found[1]
    if target.startswith("../"):
        inside = target.removeprefix("../").removeprefix("metalog/")
        target = PAGES.get(inside, inside)
    return f"]({target}{found[2] or ''})"
