"""Which engine is used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import pytest

from metalog.errors import UsageError
from metalog.formats import native
from metalog.scan import engines, portable
from metalog.scan.engines import engine_name, load
from metalog.scan.scanner import scanner


@pytest.fixture(params=["scan", "odometer"])
def without_native(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Take away the compiled module of one room."""
    room: str = request.param
    monkeypatch.delenv("METALOG_ENGINE", raising=False)
    monkeypatch.setitem(sys.modules, f"metalog.{room}.native", None)
    engines._import.cache_clear()
    yield room
    engines._import.cache_clear()


def test_the_portable_one_where_not_all_was_compiled(without_native: str) -> None:
    assert engine_name() == "portable"
    assert load("scan", engine_name()) is portable


@pytest.mark.parametrize("room", ["scan", "odometer"])
def test_the_compiled_one_where_it_is_there(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = [
        pytest.importorskip(f"metalog.{one}.native", reason="nothing is compiled") for one in ("scan", "odometer")
    ]
    monkeypatch.delenv("METALOG_ENGINE", raising=False)
    assert engine_name() == "native"
    assert load(room, "native") in compiled


@pytest.mark.parametrize("name", engines.ENGINES)
def test_the_environment_chooses(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(f"metalog.scan.{name}", reason="this install has no compiled scan engine")
    monkeypatch.setenv("METALOG_ENGINE", name)
    assert engine_name() == name
    assert isinstance(scanner(native())._engine, importlib.import_module(f"metalog.scan.{name}").Engine)
    assert scanner(native()) is scanner(native())


def test_an_unknown_choice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METALOG_ENGINE", "fast")
    with pytest.raises(UsageError, match="METALOG_ENGINE is 'fast'; it can be native or portable"):
        engine_name()


def test_asking_for_what_is_not_there_is_refused(without_native: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METALOG_ENGINE", "native")
    with pytest.raises(UsageError, match="this install has no compiled scan engine"):
        load(without_native, engine_name())
