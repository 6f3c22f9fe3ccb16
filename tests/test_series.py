"""Which columns are drawn and compared of a log that nobody knows, and where on an axis they stand."""

from __future__ import annotations

import numpy as np
import pytest

from metalog.errors import UsageError
from metalog.formats import declare
from metalog.runs.axes import parts_done
from metalog.runs.measures import better, preferred, split_of, words_of
from metalog.runs.parts import empty_columns
from metalog.runs.run import Run
from metalog.runs.series import series_of
from tests.declared import EPOCHS, FLAT, epochs_text, flat_text, phased, read


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("loss", "low"), ("val_loss", "low"), ("valLoss", "low"), ("nll_loss", "low"), ("trainloss", "low"),
        ("Loss_average", "low"), ("top1_err", "low"), ("ppl", "low"), ("mse", "low"),
        ("accuracy", "high"), ("acc1", "high"), ("Acc@1", "high"), ("test_acc", "high"), ("mAP", "high"),
        ("f1", "high"),
        ("lr", ""), ("loss_scale", ""), ("acc_time", ""), ("grad_norm", ""), ("epoch", ""), ("gloss_y", ""),
    ],
)  # fmt: skip
def test_the_name_of_a_column_says_which_values_are_better(name: str, direction: str) -> None:
    assert better(name) == direction


def test_names_say_what_was_measured() -> None:
    assert split_of("val_loss") == "validation"
    assert split_of("loss", "steps") == "train"
    assert split_of("test_loss", "tests") == ""
    assert words_of("valLossTop5") == ["val", "loss", "top"]
    assert preferred([("lr",), ("acc",), ("loss",), ("val_loss",)]) == 3
    assert preferred([("lr",), ("val_acc",), ("acc",)]) == 1
    assert preferred([("lr",), ("time",)]) == 0


# Where rows stand


def numbers(*columns: list[float]) -> list[np.ndarray]:
    return [np.array(column, float) for column in columns]


def test_steps_that_start_over_stand_within_their_epoch() -> None:
    place = parts_done(numbers([1, 1, 2, 2, 3], [1, 2, 1, 2, 1]), np.zeros(5, int))
    assert place.tolist() == [0.5, 1, 1.5, 2, 2.5]  # the last epoch is cut


def test_steps_that_go_on_through_the_epochs_stand_there_too() -> None:
    place = parts_done(numbers([1, 1, 2, 2], [10, 20, 30, 40]), np.zeros(4, int))
    assert place.tolist() == [0.5, 1, 1.5, 2]


def test_numbers_from_0_are_turns_like_those_from_1() -> None:
    assert parts_done(numbers([0, 0, 1, 1], [0, 1, 0, 1]), np.zeros(4, int)).tolist() == [-0.5, 0, 0.5, 1]


def test_three_levels() -> None:
    outer, middle, inner = [1] * 4 + [2] * 4, [1, 1, 2, 2] * 2, [1, 2] * 4
    place = parts_done(numbers(outer, middle, inner), np.zeros(8, int))
    assert place.tolist() == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]


def test_a_lost_number_gives_no_place_and_moves_no_other() -> None:
    place = parts_done(numbers([1, np.nan, 2, 2], [1, 2, 1, 2]), np.zeros(4, int))
    assert np.isnan(place[1])
    assert place[[2, 3]].tolist() == [1.5, 2]


def test_a_segment_begins_anew() -> None:
    place = parts_done(numbers([1, 1, 1, 1], [1, 2, 1, 2]), np.array([0, 0, 1, 1]))
    assert place.tolist() == [0.5, 1, 0.5, 1]


PLACED = declare(
    """
name = "placed"
levels = ["log"]
[[line]]
template = "loss <loss> epoch <epoch>"
row = "logs"
within = "log"
""",
    "placed.toml",
)


@pytest.mark.parametrize(
    ("epochs", "axis"), [([0.1, 0.2, 0.2, 0.4], "epoch"), ([0.1, 0.3, 0.2, 0.4], "log"), ([0.01] * 20, "log")]
)
def test_where_no_line_numbers_rows_a_value_does_if_it_counts(epochs: list[float], axis: str) -> None:
    run = read("".join(f"loss 1.5 epoch {epoch}\n" for epoch in epochs), PLACED)
    (one,) = series_of(run).series
    assert one.axis == axis
    assert one.x.tolist() == (epochs if axis == "epoch" else list(range(1, len(epochs) + 1)))


# What is found


def found(run: Run, **wanted: object) -> dict[str, tuple[list[float], list[float]]]:
    series = series_of(run, **wanted).series  # type: ignore[arg-type]
    return {one.label: (one.x.tolist(), one.y.tolist()) for one in series}


def test_a_flat_log_is_drawn_by_its_counter() -> None:
    run = read(flat_text(6, 3), FLAT)
    assert list(found(run)) == ["loss", "train_loss", "val_loss"]
    assert found(run)["loss"][0] == [0, 1, 2, 3, 4, 5]
    assert found(run)["val_loss"][0] == [2, 5]
    assert series_of(run).notes == ("Rows of evaluations stand at the row of steps above them",)


def test_batches_and_epochs_share_an_axis_of_epochs() -> None:
    run = read(epochs_text(2, 2), EPOCHS)
    assert found(run)["loss"][0] == [0.5, 1, 1.5, 2]
    assert found(run)["val_loss"][0] == [1, 2]
    assert {one.axis for one in series_of(run).series} == {"epoch"}


def test_one_epoch_beside_others_is_one_epoch() -> None:
    text = epochs_text(1, 2) + "Epoch 2 done: val_loss 0.5, val_acc 0.5, perplexity 100\n"
    run = read(text, EPOCHS)
    assert found(run)["loss"][0] == [0.5, 1]
    assert found(run)["val_loss"][0] == [1, 2]
    assert found(run, frame="batches")["loss"][0] == [1, 2]


def test_epochs_alone_are_drawn_by_their_number() -> None:
    run = read(epochs_text(2, 2, first=4), EPOCHS)
    assert found(run, frame="epochs")["val_acc"][0] == [4, 5]
    assert found(run, frame="epochs", x="ppl", y=["val_loss"])["val_loss"][0] == run["epochs"]["ppl"].tolist()


def test_epochs_counted_from_0_end_at_the_next_number_and_the_axis_says_so() -> None:
    run = phased(2)
    run.records["batches"]["epoch"] -= 1
    (train, _) = series_of(run).series
    assert train.axis == "epoch + 1 (the log counts from 0)"
    assert train.x.tolist() == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]
    assert train.number.tolist() == [0] * 4 + [1] * 4


def test_words_tell_series_apart() -> None:
    own = found(phased(1))
    assert list(own) == ["train loss", "val loss"]  # acc is missing throughout
    assert own["train loss"] == ([1, 2, 3, 4], [1 / 1.25, 1 / 1.5, 1 / 1.75, 1 / 2])
    assert len(own["val loss"][1]) == 2
    assert [one.split for one in series_of(phased(1)).series] == ["train", "validation"]


def test_a_column_that_many_rows_lack_has_only_the_values_that_it_has() -> None:
    run = phased(1, [("train", 6)])
    run.records["batches"]["acc"][[2, 5]] = 0.5, 0.75
    assert found(run)["acc"] == ([3, 6], [0.5, 0.75])
    run.records["batches"]["loss"][2:] = np.nan  # it diverged: these were printed
    assert len(found(run)["loss"][1]) == 6


def test_a_run_of_metalogs_own_format_is_its_meta_steps() -> None:
    import io

    import metalog
    from tests.cli_logs import meta_log

    run = metalog.read(io.BytesIO(meta_log(3).encode()))
    assert list(found(run)) == ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
    assert found(run)["validation_loss"] == ([1, 2, 3], run.meta_steps["validation_loss"].tolist())
    assert found(run, frame="steps", y=["accuracy"])["accuracy"][1] == run.steps["accuracy"].tolist()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"frame": "step"}, r"other\.log has no frame 'step'; did you mean steps\? its frames are steps, evaluations"),
        (
            {"y": ["los"]},
            r"no column 'los'; did you mean loss\? its numbers are segment, iter, loss, lr, line, eval_iter",
        ),
        (
            {"frame": "steps", "y": ["val_loss"]},
            r"no column 'val_loss' in steps; .*its numbers are segment, iter, loss",
        ),
        ({"x": "lr", "y": ["val_loss"]}, r"no frame of other\.log has val_loss and lr together"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(wanted: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        series_of(read(flat_text(), FLAT), **wanted)  # type: ignore[arg-type]


def test_words_are_no_numbers() -> None:
    with pytest.raises(UsageError, match=r"phase in the frame batches of phased\.log holds words, no numbers"):
        series_of(phased(), frame="batches", y=["phase"])


def test_a_log_without_a_row_says_so() -> None:
    run = Run("empty.log", EPOCHS, {name: empty_columns(EPOCHS, name) for name in ("batches", "epochs")})
    with pytest.raises(UsageError, match=r"empty\.log has no row in batches and epochs"):
        series_of(run)
