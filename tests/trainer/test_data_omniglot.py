"""Omniglot through torchvision's own class, downloaded from a server on this machine."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from metalog.errors import MissingExtraError, SourceError
from tests.trainer.pngs import as_zip, layout
from trainer.tasks.data import load


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    omniglot = pytest.importorskip("torchvision.datasets").Omniglot
    folder = tmp_path / "published"
    folder.mkdir()
    files = {f"images_background/{name}": content for name, content in layout({"A": 2, "B": 3}).items()}
    archive = Path(as_zip(folder / "images_background.zip", files))
    checksum = hashlib.md5(archive.read_bytes(), usedforsecurity=False).hexdigest()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setattr(omniglot, "download_url_prefix", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setitem(omniglot.zips_md5, "images_background", checksum)
        yield archive
        server.shutdown()


def test_it_is_downloaded_on_first_use_and_then_kept(tmp_path: Path, published: Path) -> None:
    first = load(["omniglot"], root=str(tmp_path), side=6)
    assert first.characters[:3] == ("A/character00", "A/character01", "B/character00")
    assert (tmp_path / "omniglot-py/images_background/A/character01/01.png").is_file()
    published.unlink()
    again = load(["omniglot"], root=str(tmp_path), side=6)
    np.testing.assert_array_equal(first.images, again.images)
    assert again.source == "omniglot"


def test_it_is_kept_in_the_cache_folder_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, published: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    load(["omniglot"], side=6)
    assert (tmp_path / "cache/metalog/omniglot-py/images_background.zip").is_file()


def test_what_is_damaged_after_the_download_is_read_from_the_verified_zip(tmp_path: Path, published: Path) -> None:
    first = load(["omniglot"], root=str(tmp_path), side=6)
    shutil.rmtree(tmp_path / "omniglot-py/images_background/A")
    np.testing.assert_array_equal(load(["omniglot"], root=str(tmp_path), side=6).images, first.images)


def test_a_failing_download_names_the_alternatives(tmp_path: Path, published: Path) -> None:
    published.unlink()
    with pytest.raises(SourceError, match=r"can't be downloaded into .*404.*network.*glyphs.*images_background\.zip"):
        load(["omniglot"], root=str(tmp_path))


def test_a_damaged_download_is_refused(tmp_path: Path, published: Path) -> None:
    published.write_bytes(b"cut off")
    with pytest.raises(SourceError, match=r"can't be downloaded into .*corrupted"):
        load(["omniglot"], root=str(tmp_path))


def test_a_missing_torchvision_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(MissingExtraError, match=r"torchvision: pip install .*\[train\]"):
        load(["omniglot"], root=str(tmp_path))
