from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from metalog.errors import SourceError, UsageError
from metalog.formats.writer import LogWriter
from trainer.config import BLOG, KNOWN, QUICK, SWITCHES, Config
from trainer.settings import read_settings, resolve


def test_sound_is_the_default_and_has_every_switch_off() -> None:
    assert resolve() == Config() == resolve({"recipe": "sound"})
    assert not any(getattr(Config(), switch) for switch in SWITCHES)


def test_blog_has_every_switch_on_and_each_can_be_turned_off_alone() -> None:
    blog = resolve({"recipe": "blog"})
    assert all(getattr(blog, switch) for switch in SWITCHES)
    assert (blog.meta_optimizer, blog.meta_lr, blog.order) == ("adam", 0.0001, "first")
    for switch in SWITCHES:
        changed = resolve({"recipe": "blog", switch: False})
        assert [name for name in SWITCHES if not getattr(changed, name)] == [switch]


def test_switches_are_of_one_kind_and_recipes_and_presets_are_made_of_known_settings() -> None:
    assert {KNOWN[switch].type for switch in SWITCHES} == {"bool"}
    for bundle in (BLOG, QUICK):
        assert set(bundle) <= set(KNOWN)
        resolve(bundle)


def test_later_layers_override_earlier_ones_and_bring_their_recipe_with_them() -> None:
    file = {"recipe": "blog", "meta_lr": 0.5, "seed": 3, "meta_steps": 7}
    quick = resolve(file, {"preset": "quick"})
    assert (quick.meta_steps, quick.validate_every, quick.meta_lr) == (7, QUICK["validate_every"], 0.5)
    assert resolve(file, {"preset": "quick", "meta_steps": 9}).meta_steps == 9
    assert resolve(file, {"seed": 4}).meta_lr == 0.5
    assert resolve(file, {"seed": 4}).seed == 4
    sound = resolve(file, {"recipe": "sound"})
    assert (sound.double_sigmoid, sound.network, sound.seed) == (False, "conv4-bn", 3)
    assert resolve({"preset": "quick", "meta_steps": 2}).meta_steps == 2
    assert resolve({"preset": "quick"}, {"preset": "full"}).preset == "full"


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Config().seed = 1  # type: ignore[misc]


def test_lists_become_tuples_and_whole_numbers_floats() -> None:
    config = resolve({"channels": [3, 4], "inner_lr": 1, "data": ["a", "b"]})
    assert config.channels == (3, 4)
    assert repr(config.inner_lr) == "1.0"
    assert config.data == ("a", "b")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"meta_step": 3}, "meta_step is no setting; there are recipe, preset, data"),
        ({"recipe": "bolg"}, "recipe must be sound or blog, not 'bolg'"),
        ({"recipe": ["blog"]}, "recipe must be sound or blog, not"),
        ({"preset": 1}, "preset must be full or quick"),
        ({"meta_steps": 0}, "meta_steps must be a whole number from 1, not 0"),
        ({"meta_steps": 1.5}, "meta_steps must be a whole number from 1, not 1.5"),
        ({"meta_steps": "3"}, "meta_steps must be a whole number"),
        ({"meta_steps": True}, "meta_steps must be a whole number"),
        ({"meta_lr": 0}, "meta_lr must be a number above 0.*, not 0"),
        ({"meta_lr": float("nan")}, "meta_lr must be a number above 0"),
        ({"meta_lr": float("inf")}, "meta_lr must be a number above 0"),
        ({"channels": []}, "channels must be a list of whole numbers from 1, not"),
        ({"channels": 8}, "channels must be a list"),
        ({"channels": [8, 0]}, "channels must be a list of whole numbers from 1"),
        ({"data": "glyphs"}, "data must be a list of texts"),
        ({"meta_test": "most"}, "meta_test must be a whole number from 0 or all, not 'most'"),
        ({"meta_validation": 0}, "meta_validation must be a whole number from 1 or all"),
        ({"pair_map": 1}, "pair_map must be true or false, not 1"),
        ({"clip": -1}, "clip must be a number from 0"),
        ({"shots": 0}, "shots must be a whole number from 1 or all, not 0"),
        ({"network": "resnet"}, "network must be conv4-bn or conv4 or writeup"),
        ({"order": "third"}, "order must be first or second"),
        ({"root": 1}, "root must be text"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolve(settings)


def test_a_toml_file_and_a_log_give_settings(tmp_path: Path) -> None:
    file = tmp_path / "blog.toml"
    file.write_text('recipe = "blog"\nmeta_steps = 7\nchannels = [4, 4]\nmeta_test = "all"\n')
    config = resolve(read_settings(file))
    assert (config.meta_steps, config.channels, config.meta_test, config.pair_map) == (7, (4, 4), "all", True)
    log = tmp_path / "run.txt"
    with log.open("w") as stream:
        LogWriter(stream).header(config.as_dict() | {"versions": {"torch": "2"}, "engine": "some"})
    assert resolve(read_settings(log)) == config


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("recipe = blog", r"neither a TOML file \(.*\) nor a log"),
        ("# metalog log format 1\n", "tells no configuration"),
        ('# metalog log format 1\n# config {"seed": ', "tells no configuration"),
        ("\udcff", "neither a TOML file"),
    ],
)
def test_files_that_hold_no_settings_are_refused(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(UsageError, match=message):
        read_settings(file)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none.toml can't be read: No such file"):
        read_settings(tmp_path / "none.toml")
