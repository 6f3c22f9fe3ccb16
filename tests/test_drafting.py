"""A declaration that is drafted from an unknown log: it loads, reads that log, and has the names a user expects."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metalog
from metalog.drafting import Draft, draft
from metalog.errors import UsageError
from metalog.formats.declare import declare
from metalog.runs.run import Run
from tests.invented_logs import PROGRAMS

#: The rows of each frame that a reader of such a log expects.
ROWS = {
    "imagenet": {"steps": 60, "tests": 15, "epochs": 3},
    "mnist": {"steps": 40, "epochs": 4},
    "quickstart": {"steps": 50, "epochs": 5},
    "tutorial": {"steps": 18},
    "dcgan": {"steps": 96},
    "cs230": {"epochs": 24},
    "jik0730": {"episodes": 10},
    "learn2learn": {"meta_steps": 40},
    "protonet": {"epochs": 20, "steps": 30},
    "maml_pytorch": {"steps": 300},
    "closerlook": {"steps": 120, "epochs": 12},
    "meta_baseline": {"epochs": 25},
    "libfewshot": {"steps": 54, "acc": 9},
    "nanogpt": {"steps": 50, "validations": 5},
    "hf_trainer": {"steps": 30, "validations": 3},
    "keras": {"epochs": 10},
    "lightgbm": {"steps": 30},
    "xgboost": {"steps": 50},
    "sklearn": {"steps": 40},
    "lightning": {"epochs": 8},
    "spacy": {"steps": 20},
    "detectron2": {"steps": 50},
    "mmengine": {"steps": 30, "epochs": 6},
    "timm": {"steps": 78, "tests": 6, "epochs": 3},
    "stable_baselines": {"blocks": 15},
    "reinforce": {"episodes": 39},
    "fairseq": {"steps": 24, "epochs": 3},
    "megatron": {"steps": 39},
    "fastai": {"epochs": 12},
    "counter_behind": {"steps": 60, "epochs": 6},
    "logger_with_times": {"steps": 40, "epochs": 8},
}


def log(name: str) -> list[str]:
    return [f"{line}\n" for line in PROGRAMS[name](Random(1))]


def drafted(lines: list[str]) -> tuple[Draft, Run]:
    own = draft(lines, "mine")
    return own, metalog.read(io.BytesIO("".join(lines).encode()), format=declare(own.text))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_draft_loads_and_reads_the_log_it_was_made_from(name: str) -> None:
    own, run = drafted(log(name))
    assert own.placed >= 0.8 * own.numbered
    assert {frame: len(run[frame]) for frame in ROWS[name]} == ROWS[name]


def test_values_are_those_that_are_printed() -> None:
    lines = log("imagenet")
    _, run = drafted(lines)
    losses = [float(found[1]) for line in lines if (found := re.search(r"^Epoch.*Loss (\S+) ", line))]
    assert run["steps"]["loss"].tolist() == losses
    assert run["steps"]["batch"].tolist() == [*range(0, 200, 10)] * 3
    assert list(run["tests"])[:3] == ["segment", "epoch", "test_batch"]


@pytest.mark.parametrize(
    ("name", "frame", "columns"),
    [
        ("meta_baseline", "epochs", {"train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "fs_5"}),
        ("closerlook", "epochs", {"test_accuracy", "test_accuracy_interval"}),
        ("protonet", "epochs", {"train_loss", "train_accuracy", "validation_loss", "validation_accuracy"}),
        ("cs230", "epochs", {"train_loss", "train_accuracy", "validation_loss", "validation_accuracy"}),
        ("jik0730", "episodes", {"train_loss", "train_accuracy", "test_loss", "test_accuracy"}),
        ("mnist", "epochs", {"test_loss", "test_accuracy", "test_accuracy_count"}),
        ("keras", "epochs", {"loss", "accuracy", "validation_loss", "validation_accuracy"}),
        ("learn2learn", "meta_steps", {"meta_train_error", "meta_valid_accuracy"}),
        ("imagenet", "steps", {"loss", "loss_average", "acc1", "acc1_average"}),
        ("libfewshot", "steps", {"epoch", "batch", "phase", "loss_average"}),
        ("hf_trainer", "validations", {"validation_loss", "validation_accuracy", "epoch"}),
        ("spacy", "steps", {"loss_ner", "score"}),
        ("fastai", "epochs", {"train_loss", "validation_loss", "accuracy", "time"}),
        ("stable_baselines", "blocks", {"ep_rew_mean", "total_timesteps", "approx_kl"}),
    ],
)
def test_columns_have_the_names_that_stand_before_the_numbers(name: str, frame: str, columns: set[str]) -> None:
    assert columns <= {*drafted(log(name))[1][frame]}


def test_a_percentage_is_a_fraction_and_percent_without_a_sign_is_kept_as_printed() -> None:
    lines = [f"epoch {n}: accuracy {50 + n}.5%, top {40 + n}.25\n" for n in range(5)]
    assert drafted(lines)[1]["epochs"]["accuracy"].tolist() == [0.505, 0.515, 0.525, 0.535, 0.545]
    lines = [line.replace("%", "") for line in lines]
    assert drafted(lines)[1]["epochs"]["accuracy_percent"].tolist() == [50.5, 51.5, 52.5, 53.5, 54.5]


def test_levels_nest_as_counters_start_over() -> None:
    lines = [
        f"round {r} client {c} update {u}: risk {r}{c}.{u}\n" for r in range(3) for c in range(4) for u in range(5)
    ]
    own, run = drafted(lines)
    assert 'levels = ["round > client > update"]' in own.text
    assert run["steps"]["client"].tolist()[:6] == [0, 0, 0, 0, 0, 1]
    assert len(run["steps"]) == 60


def test_only_a_level_that_strides_is_said_to() -> None:
    assert "any_stride" not in draft([f"step {n}: loss {n}.5\n" for n in range(1, 20)], "mine").text
    own = draft([f"step {n}: loss {n}.5\n" for n in range(0, 200, 10)], "mine")
    assert "any_stride = true  # it was seen to go from 0 to 10" in own.text


def test_noise_becomes_no_line() -> None:
    noise = [
        "Namespace(batch_size=32, epochs=10, lr=0.001, seed=1)\n",
        "  (0): Conv2d(3, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n",
        "  (1): BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True)\n",
        "train dataset: torch.Size([3, 80, 80]) (x38400), 64\n",
        "/opt/lib/python3.7/site.py:141: UserWarning: 3 of 4 workers are slow\n",
        '  File "/work/main.py", line 603, in <module>\n',
        "saved to /runs/1/checkpoint_10.pt\n",
    ]
    lines = [line for n in range(1, 6) for line in (*noise, f"epoch {n} loss {n}.25\n")]
    own, run = drafted(lines)
    assert len(declare(own.text).lines) == 1
    assert run["epochs"]["loss"].tolist() == [1.25, 2.25, 3.25, 4.25, 5.25]
    assert own.unplaced[0][0] == 5
    assert "# Not placed" in own.text
    assert "# 5 x: Namespace(" in own.text


def test_a_rare_line_that_measures_something_is_a_row() -> None:
    lines = [f"iter {n}: loss {n}.5\n" for n in range(300)]
    lines.insert(150, "Validation: loss 0.25, accuracy 0.75\n")
    lines.append("Validation: loss 0.5, accuracy 0.875\n")
    run = drafted(lines)[1]
    frame = next(frame for name, frame in run.frames.items() if name != "diagnostics" and "validation_loss" in frame)
    assert frame["validation_loss"].dropna().tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    "prefix",
    [
        "2024-05-06 07:08:{:02},123 [INFO] core.trainer: ",
        "2024-05-06 07:08:{:02},123:INFO: ",
        "08/21 02:58:{:02} - mmengine - INFO - ",
        "[08/17 21:29:{:02} d2.utils.events]:  ",
        "2023-05-06 07:08:{:02} | INFO | train_inner | ",
        "[STATE 2026-01-02 03:04:{:02}] ",
        "[2024-05-06 07:08:{:02},123] [INFO] [trainer.py:88:train] ",
        "2024-05-06 07:08:{:02}.123 | INFO     | __main__:train:88 - ",
        "[2024-01-02 03:04:{:02},678][__main__][INFO] - ",
        "I0506 07:08:{:02}.123456 1234 train.py:88] ",
        "May  6 07:08:{:02} host python[123]: ",
        "INFO:__main__:",
        "train.py:88 ",
        "[rank0]: ",
        "(pid=1234) ",
    ],
)
def test_prefixes_are_no_part_of_a_template(prefix: str) -> None:
    own, run = drafted([f"{prefix.format(n)}epoch {n} loss {n}.5\n" for n in range(1, 9)])
    assert 'template = "epoch {epoch} loss <loss>"' in own.text
    assert run["epochs"]["loss"].tolist() == [n + 0.5 for n in range(1, 9)]


def test_a_batch_of_a_total_is_no_date() -> None:
    lines = [line for n in range(1, 9) for line in (f"Epoch {n}/20\n", f"12/50 - loss: {n}.5\n")]
    assert 'template = "{_}/{_} - loss: <loss>"' in drafted(lines)[0].text


def test_a_log_without_lines_that_repeat_gives_no_draft() -> None:
    with pytest.raises(UsageError, match="nothing to draft"):
        draft(["hello\n", "number of parameters: 10\n"], "mine")
    with pytest.raises(UsageError, match="nothing to draft"):
        draft([], "mine")


def test_a_line_that_no_template_can_say_is_not_placed() -> None:
    lines = [
        line for n in range(1, 6) for line in (f"epoch {n} loss {n}.5\n", f"acc\0 {n}.5\n", f"rest… {n} loss {n}.5\n")
    ]
    own, run = drafted(lines)
    assert run["epochs"]["loss"].tolist() == [1.5, 2.5, 3.5, 4.5, 5.5]
    assert [count for count, _ in own.unplaced] == [5, 5]


def test_lines_that_are_long_or_nested_deep_take_no_time() -> None:
    for piece in ("[1 ", "a(b= 1 ", "1.", "1:", "'a': 1 ", "tensor(", "epoch 1 ", "| ", "nan"):
        with suppress_nothing_to_draft():
            draft([piece * 20_000 + "x\n"] * 4, "mine")


def test_braces_quotes_and_backslashes_of_a_log_are_text() -> None:
    lines = [f'{{"path": "C:\\\\temp"}} <b> epoch {n} loss {n}.5 }} >> "é"\n' for n in range(1, 6)]
    assert drafted(lines)[1]["epochs"]["loss"].tolist() == [1.5, 2.5, 3.5, 4.5, 5.5]


WORDS = (
    "epoch step iter loss acc Train val = : , ; | ( ) [ ] { } < > / % - * lr 1 2.5 1e-3 nan 100% 12.3s 1:02:03 … (? {_}"
    " <x> ms it/s tensor(0.5) Acc@1 \\ \" ' # é █ ± [0.1,0.2]"
)
words = st.sampled_from(WORDS.split())
templates = st.lists(words, min_size=1, max_size=10)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(templates, st.sampled_from(["", " ", "\t"]), st.integers(1, 6)), min_size=1, max_size=4))
def test_whatever_a_log_holds_a_draft_loads(kinds: list[tuple[list[str], str, int]]) -> None:
    lines = [
        separator.join(str(n) if word == "1" else word for word in own) + "\n"
        for own, separator, count in kinds
        for n in range(count)
    ]
    with suppress_nothing_to_draft():
        declare(draft(lines, "mine").text)


@contextmanager
def suppress_nothing_to_draft() -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        if "nothing to draft" not in str(error):
            raise
