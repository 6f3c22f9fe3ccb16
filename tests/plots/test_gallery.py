"""The gallery in docs/ is what its command makes."""

from docs import make_gallery
from metalog import plots


def test_the_page_shows_every_picture_there_is_and_no_other():
    assert (make_gallery.HERE / "gallery.md").read_text(encoding="utf-8") == make_gallery.page()
    pictures = {path.stem: path.stat().st_size for path in (make_gallery.HERE / "gallery").iterdir()}
    assert set(pictures) == {entry.name for entry in make_gallery.ENTRIES}
    assert sum(pictures.values()) < 2_000_000


def test_every_figure_is_in_the_gallery():
    source = (make_gallery.HERE / "make_gallery.py").read_text(encoding="utf-8")
    assert all(f"plots.{name}(" in source for name in set(plots.__all__) - {"styled"})


def test_a_picture_of_the_gallery_can_be_drawn():
    assert make_gallery.ENTRIES[0].draw().axes
