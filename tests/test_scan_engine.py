"""Which scan engine is used."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from metalog import scan
from metalog.errors import UsageError
from metalog.scan import engine, engine_name, portable


@pytest.fixture
def without_native(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("METALOG_ENGINE", raising=False)
    monkeypatch.setitem(sys.modules, "metalog.scan.native", None)
    monkeypatch.delattr(scan, "native", raising=False)
    scan._load.cache_clear()
    yield
    scan._load.cache_clear()


def test_the_portable_one_where_nothing_was_compiled(without_native: None) -> None:
    assert engine_name() == "portable"
    assert engine() is portable.scan


def test_the_compiled_one_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    native = pytest.importorskip("metalog.scan.native", reason="this install has no compiled scan engine")
    monkeypatch.delenv("METALOG_ENGINE", raising=False)
    assert engine_name() == "native"
    assert engine()(b"Epoch 1\n").matches.first.tolist() == native.scan(b"Epoch 1\n").matches.first.tolist() == [1]


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METALOG_ENGINE", "portable")
    assert engine_name() == "portable"
    assert engine() is portable.scan


def test_an_unknown_choice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METALOG_ENGINE", "fast")
    with pytest.raises(UsageError, match="METALOG_ENGINE is 'fast'; it can be native or portable"):
        engine_name()


def test_asking_for_what_is_not_there_is_refused(without_native: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METALOG_ENGINE", "native")
    with pytest.raises(UsageError, match="this install has no compiled scan engine"):
        engine()
