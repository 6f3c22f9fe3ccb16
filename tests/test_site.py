"""The documentation's site: built strictly, complete, its workflows readable, how to cite it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

import metalog
from metalog.cli import COMMANDS
from tests.conftest import ROOT

yaml = pytest.importorskip("yaml")


def pages_named(entry: object) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    own = entry.values() if isinstance(entry, dict) else entry
    return [page for inner in own for page in pages_named(inner)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not find_spec("mkdocs") or not find_spec("mkdocstrings"):
        pytest.skip("the packages that build the site are not installed: the extra docs")
    folder = tmp_path_factory.mktemp("site")
    call = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    built = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


def test_the_site_builds_without_a_warning(site: Path) -> None:
    assert "metalog" in (site / "index.html").read_text(encoding="utf-8")
    assert (site / "formats" / "maml.toml").read_text() == (ROOT / "metalog" / "formats" / "maml.toml").read_text()


def test_the_api_is_documented_on_it(site: Path) -> None:
    text = (site / "api" / "index.html").read_text(encoding="utf-8")
    public = {*metalog.__all__, *(f"plots.{name}" for name in metalog.plots.__all__)} - {"plots", "stats"}
    assert [name for name in public if f'.{name.rpartition(".")[2]}"' not in text] == []


def test_every_page_is_in_the_contents() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = pages_named(yaml.safe_load(text)["nav"])
    written = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert written <= set(named)
    assert len(set(named)) == len(named)


def test_the_site_asks_no_other_host_for_fonts() -> None:
    assert yaml.safe_load((ROOT / "mkdocs.yml").read_text())["theme"]["font"] is False


def test_the_citation_names_this_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (
        (cited["version"], cited["license"])
        == (metalog.__version__, declared["license"])
        == (declared["version"], "MIT")
    )


def test_workflows_run_what_is_there() -> None:
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        flow = yaml.safe_load(path.read_text(encoding="utf-8"))
        for job in flow["jobs"].values():
            if used := job.get("uses"):
                assert (ROOT / used).is_file()
            words = [word for step in job.get("steps", ()) for word in step.get("run", "").split()]
            for word in words:
                if word.startswith(("tests/", "fixtures/", ".ci/")):
                    assert (ROOT / word).exists(), (path.name, word)


def test_a_release_needs_tests_and_wheels_and_no_password() -> None:
    publish = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]["publish"]
    assert publish["needs"] == ["tests", "wheels"]
    assert publish["permissions"] == {"id-token": "write"}
    assert "password" not in str(publish)


def test_the_packages_of_a_wheel_are_all_that_there_are() -> None:
    """A list by hand once lacked a room; so it is found, and a room is found by its __init__."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert packages == {"find": {"include": ["metalog", "metalog.*", "trainer", "trainer.*"]}}
    for top in ("metalog", "trainer"):
        for path in (ROOT / top).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path


def test_commands_of_the_site_are_those_that_there_are() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert all(f"## metalog {name}\n" in text for name in COMMANDS)
