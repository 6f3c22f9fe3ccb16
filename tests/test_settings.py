"""Settings from files beside logs and from the names of folders, as columns of frames and files."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import metalog
from metalog.cli.compare import compare
from metalog.cli.parse import parse
from metalog.cli.summary import summary
from metalog.errors import FormatWarning, MissingExtraError, SourceError, UsageError
from metalog.stats.overview import reached
from tests.bundled_logs import FIXTURES
from tests.cli_logs import meta_log

CONFIGS = {
    "config.yaml": "meta_lr: 1e-3\ndata: {ways: 5, kinds: [a, b]}\nseed: 3\noutput: here\n",
    "config.json": '{"meta_lr": 0.001, "data": {"ways": 5, "kinds": ["a", "b"]}, "seed": 3}',
    "config.toml": 'meta_lr = 1e-3\nseed = 3\ndata = {ways = 5, kinds = ["a", "b"]}\n',
    ".hydra/config.yaml": "{meta_lr: 1.0e-3, seed: 3, data: {ways: 5, kinds: [a, b]}}",
}
TOLD = {"meta_lr": 0.001, "data.ways": 5, "data.kinds": ["a", "b"], "seed": 3}
BROKEN = {
    "config.yaml": ["a: [1", "&a {b: *a}", "- 1\n- 2\n", "\x00", f"{'[' * 5000}{']' * 5000}"],
    "config.json": ["{", '{"a": ' * 200 + "1" + "}" * 200, "3", '"\xff"', f'{{"a": {[0] * 20_000}}}', " " * 2_000_000],
    "config.toml": ["a = ", "a = 1\na = 2"],
}


@pytest.fixture
def place(tmp_path):
    """Return a function that writes a log, and a configuration beside it, into a folder."""

    def write(folder, name=None, text="", config=None):
        log = tmp_path / folder / "run.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(meta_log(2, config=config))
        if name:
            beside = log.parent / name
            beside.parent.mkdir(exist_ok=True)
            beside.write_text(text, encoding="latin-1")
        return log

    return write


@pytest.mark.parametrize("name", CONFIGS)
def test_a_file_beside_a_log_tells_its_settings(place, name):
    log = place("a", name, CONFIGS[name])
    assert metalog.read_many(log).configs.iloc[0].to_dict() == TOLD
    assert metalog.RunSet({"x": metalog.read(log)}).configs.iloc[0].to_dict() == TOLD


def test_the_log_counts_before_the_file_and_the_file_before_the_folders(place, tmp_path):
    place("lr=1,order=1/lr=2,seed=2,depth=2", "config.json", '{"lr": 3, "seed": 3, "wide": 3}', {"lr": 4})
    (own,) = metalog.read_many(tmp_path).configs.to_dict("records")
    assert own == {"lr": 4, "order": 1, "seed": 3, "depth": 2, "wide": 3}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BROKEN.items() for text in texts])
def test_a_damaged_file_is_told_and_the_log_is_read(place, name, text):
    log = place("lr=2", name, text)
    runs = metalog.read_many(log)
    assert runs.configs.iloc[0].to_dict() == {"lr": 2}
    ((path, error),) = runs.failures.items()
    assert path == str(log.parent / name)
    assert isinstance(error, SourceError)
    assert path in str(error)
    assert "\n" not in str(error)
    with pytest.warns(FormatWarning, match=name):
        assert len(metalog.read(log).meta_steps) == 2


def test_an_empty_file_tells_nothing(place):
    runs = metalog.read_many(place("a", "config.yaml", ""))
    assert (runs.configs.shape, runs.failures) == ((1, 0), {})


def test_yaml_without_its_package_says_what_to_install(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    (error,) = metalog.read_many(place("a", "config.yaml", "a: 1")).failures.values()
    assert isinstance(error, MissingExtraError)
    assert "metalog-toolkit[yaml]" in str(error)


def test_one_file_tells_for_all_logs_of_its_folder_and_is_told_once(place, tmp_path):
    other = place("a", "config.json", "{").with_name("other.txt")
    other.write_text(meta_log(2))
    assert len(metalog.read_many(tmp_path).failures) == 1
    result = CliRunner().invoke(summary, [str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr.count("config.json can't be understood") == 1
    assert "other" in result.stdout


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_members_of_archives_have_their_settings_too(tmp_path, kind):
    log = meta_log(2)
    members = {"x/lr=1/run.txt": log, "x/lr=1/config.json": '{"seed": 1}', "x/lr=2/run.txt": log, "config.json": "{}"}
    packed = tmp_path / f"runs.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(packed, "w") as archive:
            for name, text in members.items():
                archive.writestr(name, text)
    else:
        with tarfile.open(packed, "w:gz") as archive:
            for name, text in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text.encode()))
    assert metalog.read_many(packed).configs.to_dict("records") == [{"lr": 1, "seed": 1}, {"lr": 2, "seed": None}]


def test_settings_are_columns_of_frames(place, tmp_path):
    place("a", config={"lr": 1, "wide": True, "order": "first", "seed": 0})
    place("b", config={"lr": 0.5, "wide": False, "order": "second"})
    runs = metalog.read_many(tmp_path, config=True)
    for frame in (runs.meta_steps, runs.long(), runs.steps):
        assert list(frame.columns[:5]) == ["run", "config.lr", "config.wide", "config.order", "config.seed"]
    told = runs.meta_steps.groupby("config.order", observed=True)[["config.lr", "config.seed"]].first()
    assert told["config.lr"].to_dict() == {"first": 1.0, "second": 0.5}
    assert runs.meta_steps["config.seed"].tolist() == [0, 0, pd.NA, pd.NA]
    assert runs.meta_steps["config.wide"].dtype == np.bool_
    assert runs["a"].steps["config.lr"].dtype == np.int64
    assert runs["a"].choose("last").steps.columns[0] == "config.lr"
    assert list(metalog.read(tmp_path / "b" / "run.txt", config=True).steps)[:2] == ["config.lr", "config.wide"]
    assert "config.lr" not in metalog.read_many(tmp_path).meta_steps


@pytest.mark.parametrize("name", ["all.csv", "steps.parquet", "folder"])
@pytest.mark.parametrize("several", [True, False])
def test_settings_are_columns_of_files(place, tmp_path, name, several):
    places = [place("runs/lr=1", "config.toml", "seed = 1"), place("runs/lr=0.5")]
    output = tmp_path / name
    source = tmp_path / "runs" if several else places[0]
    frame = ["--frame", "steps"] if "parquet" in name else []
    result = CliRunner().invoke(parse, [str(source), "--with-config", "-o", str(output), *frame])
    assert result.exit_code == 0, result.output
    file = output / "meta_steps.csv" if name == "folder" else output
    found = pd.read_parquet(file) if "parquet" in name else pd.read_csv(file)
    lead = ["run"] if several else []
    assert list(found.columns[: len(lead) + 2]) == [*lead, "config.lr", "config.seed"]
    assert set(found["config.lr"]) == ({1, 0.5} if several else {1})


def test_settings_in_files_need_a_file(place, tmp_path):
    log = str(place("a"))
    for more in ([], ["-o", str(tmp_path / "pile"), "--partition"]):
        assert CliRunner().invoke(parse, [log, "--with-config", *more]).exit_code == 2


def test_frames_that_only_some_runs_have_name_the_right_ones(tmp_path, place):
    place("a")
    (tmp_path / "b").mkdir()
    log = tmp_path / "b" / "run.txt"
    log.write_text("".join(f"step {n}: train loss {4 / n:.4f}, val loss {4 / n:.4f}\n" for n in range(1, 9)))
    output = tmp_path / "out"
    result = CliRunner().invoke(parse, [str(log), str(tmp_path / "a"), "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert set(pd.read_csv(output / "meta_steps.csv")["run"]) == {"a"}


def test_the_summary_of_a_set_joins_its_settings(place, tmp_path):
    place("a", config={"lr": 1})
    place("b", config={"lr": 2})
    runs = metalog.read_many(tmp_path)
    table = runs.configs.join(runs.summary())
    assert table.loc["b", "lr"] == 2
    assert table["meta_steps"].tolist() == [2, 2]
    assert table.pivot_table("best", "lr").shape == (2, 1)
    assert len(runs.summary(frame="validations", y=["loss"])) == len(runs)


def test_runs_come_in_the_order_of_the_numbers_in_their_names_everywhere(tmp_path):
    names = ["lr1e-4-s2", "lr0.001-s0", "lr0.001-s10", "lr0.01-s1", "lr0.01-s9", "lr0.1", "lr1.5", "lr10"]
    for name in reversed(names):
        (tmp_path / f"{name}.txt").write_text(meta_log(1))
    runs = metalog.read_many(tmp_path)
    assert list(runs) == list(runs.configs.index) == list(runs.summary().index) == names
    for frame in (*runs.frames.values(), runs.long()):
        assert list(frame["run"].cat.categories) == names
    assert list(runs.steps["run"].unique()) == names


@pytest.fixture
def others(tmp_path):
    """Two settings of three seeds of a format that isn't metalog's own."""
    for lr in (1, 2):
        for seed in range(3):
            folder = tmp_path / f"lr{lr}-s{seed}"
            folder.mkdir()
            shutil.copy(FIXTURES / "nanogpt.log", folder / "train.log")
            (folder / "config.json").write_text(json.dumps({"lr": lr, "seed": seed}))
    return tmp_path


@pytest.mark.parametrize("by", [[], ["--group-name", "(lr[0-9]+)-s"]])
@pytest.mark.parametrize("command", [summary, compare])
def test_logs_of_other_formats_are_grouped_by_files_beside_them_and_by_names(others, command, by):
    result = CliRunner().invoke(command, [str(others), "--as", "json", *by])
    assert result.exit_code == 0, result.output
    assert [row["seeds"] for row in json.loads(result.stdout)] == [3, 3]


def test_statistics_of_nested_problems_say_what_a_frame_of_another_format_lacks():
    frame = pd.DataFrame({"segment": [0], "meta_step": [1], "loss": [1.0]})
    for statistic in (metalog.stats.divergence, metalog.stats.meta_curve, metalog.stats.levels):
        with pytest.raises(UsageError, match=r"no column 'meta_epoch'.*courses"):
            statistic(frame)


def test_a_group_reaches_what_the_summary_tells(place, tmp_path):
    for number in range(3):
        place(f"r{number}").write_text(meta_log(3 + number) + meta_log(2 + number))
    runs = metalog.read_many(tmp_path)
    for metric in ("loss", "accuracy"):
        told = metalog.stats.summary(runs, metric=metric)
        found = reached(runs, metric=metric)
        pd.testing.assert_frame_equal(found, told[found.columns], check_dtype=False)


def test_frames_without_any_setting_are_as_they_are(tmp_path):
    (tmp_path / "run.txt").write_text(meta_log(2))
    for data in (metalog.read(tmp_path / "run.txt", config=True), metalog.read_many(tmp_path, config=True)):
        assert [name for name in data.meta_steps.columns if name.startswith("config.")] == []
        assert len(data.meta_steps) == 2
