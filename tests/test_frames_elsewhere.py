"""Other libraries take the frames as they come: seaborn, pandas, scikit-learn, scipy."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from matplotlib.figure import Figure
from seaborn import objects as so
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression

import metalog
from tests.loggen import Shape, text

# What seaborn 0.13.2 itself does not know yet of matplotlib 3.11 and pandas 3.
pytestmark = pytest.mark.filterwarnings("ignore:vert. bool was deprecated", "ignore:The copy keyword is deprecated")

SHAPE = Shape(meta_steps=9, problems=8, epochs=7, steps=1, meta_validate_every=3)
LOG = text(SHAPE)
#: The header of a problem is lost, so that its number is missing in its rows.
DAMAGED = LOG.replace("- Problem 3 -\n", "", 1)
HUES = ("problem", "epoch", "meta_step", "segment", "accuracy")
Draw = Callable[[pd.DataFrame], Any]


def read(log: str) -> metalog.Run:
    return metalog.read(io.BytesIO(log.encode()), name="run")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return read(LOG).validations


@pytest.fixture(scope="module")
def damaged() -> pd.DataFrame:
    rows = read(DAMAGED).validations
    assert 0 < rows["problem"].isna().sum() < len(rows)
    return rows


@pytest.fixture(autouse=True)
def no_window_stays_open() -> Iterator[None]:
    import matplotlib.pyplot as plt

    with mpl.rc_context({"backend": "agg"}):
        yield
    plt.close("all")


def semantic(draw: Callable[..., Any], mapping: str, column: str, legend: Any = "auto", **how: Any) -> Draw:
    return lambda rows: draw(rows, x="epoch", y="loss", **{mapping: column}, legend=legend, **how)


RELATIONAL: dict[str, Draw] = {
    f"{name} {mapping}={column} legend={legend}": semantic(draw, mapping, column, legend, **how)
    for name, draw, how in (
        ("lineplot", sns.lineplot, {"errorbar": None}),
        ("scatterplot", sns.scatterplot, {}),
    )
    for mapping, columns in (("hue", HUES), ("size", ("problem",)), ("style", ("complete", "few")))
    for column in columns
    for legend in (("auto", "brief", "full", False) if column == "problem" else ("auto",))
}
OTHERS: dict[str, Draw] = {
    "lineplot units": lambda rows: sns.lineplot(rows, x="epoch", y="loss", units="problem", estimator=None),
    "lineplot weights": lambda rows: sns.lineplot(rows, x="epoch", y="loss", weights="line"),
    "relplot": lambda rows: sns.relplot(rows, x="epoch", y="loss", hue="problem", kind="line", errorbar=None),
    "relplot col, row": lambda rows: sns.relplot(rows, x="epoch", y="loss", hue="meta_step", col="few", row="complete"),
    "histplot": lambda rows: sns.histplot(rows, x="loss", hue="problem"),
    "histplot of numbers": lambda rows: sns.histplot(rows, x="problem", y="epoch"),
    "histplot weights": lambda rows: sns.histplot(rows, x="loss", weights="epoch", bins=9),
    "kdeplot": lambda rows: sns.kdeplot(rows, x="epoch", hue="problem"),
    "kdeplot in two": lambda rows: sns.kdeplot(rows, x="epoch", y="problem"),
    "ecdfplot": lambda rows: sns.ecdfplot(rows, x="problem", hue="epoch", weights="line"),
    "rugplot": lambda rows: sns.rugplot(rows, x="problem", y="loss", hue="epoch"),
    "displot": lambda rows: sns.displot(rows, x="loss", hue="problem", col="few"),
    **{
        f"{draw.__name__} {name}": lambda rows, draw=draw, how=how: draw(rows.head(60), **how)
        for draw in (sns.stripplot, sns.boxplot, sns.violinplot, sns.boxenplot, sns.pointplot, sns.barplot)
        for name, how in {
            "categories": {"x": "epoch", "y": "loss", "hue": "problem"},
            "numbers": {"x": "epoch", "y": "loss", "native_scale": True},
            "lying": {"y": "problem", "x": "loss", "orient": "h"},
        }.items()
    },
    "swarmplot": lambda rows: sns.swarmplot(rows.head(30), x="epoch", y="loss", hue="problem"),
    "countplot": lambda rows: sns.countplot(rows, x="problem", hue="epoch"),
    "catplot": lambda rows: sns.catplot(rows, x="epoch", y="loss", hue="problem", kind="box", col="few"),
    "regplot": lambda rows: sns.regplot(rows, x="epoch", y="loss", n_boot=10),
    "regplot of the second order": lambda rows: sns.regplot(rows, x="loss", y="epoch", order=2, n_boot=10),
    "lmplot": lambda rows: sns.lmplot(rows, x="epoch", y="loss", hue="problem", n_boot=10),
    "residplot": lambda rows: sns.residplot(rows, x="epoch", y="loss"),
    "heatmap": lambda rows: sns.heatmap(rows[["problem", "epoch", "meta_step"]].head(40)),
    "heatmap of a pivot": lambda rows: sns.heatmap(rows.pivot_table(index="problem", columns="epoch", values="loss")),
    "clustermap": lambda rows: sns.clustermap(rows.pivot_table(index="problem", columns="epoch", values="loss")),
    "pairplot": lambda rows: sns.pairplot(rows[["epoch", "loss", "problem"]].head(90), hue="problem"),
    "jointplot": lambda rows: sns.jointplot(rows, x="epoch", y="loss", hue="problem"),
    "PairGrid": lambda rows: sns.PairGrid(rows, vars=["epoch", "problem"], hue="meta_step").map(sns.scatterplot),
    "FacetGrid": lambda rows: sns.FacetGrid(rows, col="few", hue="problem").map(sns.scatterplot, "epoch", "loss"),
    "objects colour, size": lambda rows: (
        so.Plot(rows, x="epoch", y="loss", color="problem", pointsize="meta_step", marker="few").add(so.Dot()).plot()
    ),
    "objects statistics": lambda rows: (
        so.Plot(rows, x="epoch", y="loss", color="problem").add(so.Line(), so.Agg()).add(so.Line(), so.PolyFit()).plot()
    ),
    "objects histogram": lambda rows: so.Plot(rows, x="problem").add(so.Bars(), so.Hist()).facet("few").plot(),
}
DRAWN = RELATIONAL | OTHERS


def with_groups(rows: pd.DataFrame) -> pd.DataFrame:
    """Add what figures are split by: two groups, and something that is true or not."""
    return rows.assign(complete=rows["epoch"] > 3, few=np.where(rows["meta_step"] > 4, "late", "early"))


@pytest.mark.parametrize("name", DRAWN)
def test_seaborn_draws_them(frame: pd.DataFrame, name: str) -> None:
    assert DRAWN[name](with_groups(frame)) is not None


@pytest.mark.parametrize("name", RELATIONAL)
def test_seaborn_draws_frames_with_missing_numbers_as_the_documentation_says(damaged: pd.DataFrame, name: str) -> None:
    assert RELATIONAL[name](with_groups(damaged.astype({"problem": "float64"}))) is not None
    if "=problem" not in name or name.endswith(("full", "False")):
        assert RELATIONAL[name](with_groups(damaged)) is not None


def test_what_seaborn_itself_cannot_do_is_still_so(damaged: pd.DataFrame) -> None:
    """When this fails, seaborn takes nullable numbers everywhere, and the documentation can say so."""
    with pytest.raises(TypeError, match="Int32Dtype"):
        sns.lineplot(damaged, x="epoch", y="loss", hue="problem", errorbar=None)


@pytest.mark.parametrize("name", ["steps", "validations", "meta_validation", "meta_steps"])
def test_a_hue_of_each_whole_number_of_each_frame(name: str) -> None:
    rows = read(LOG)[name]
    value = "validation_loss" if name == "meta_steps" else "loss"
    for column in rows.columns[rows.dtypes.map(lambda dtype: dtype.kind == "i")]:
        assert sns.scatterplot(rows, x="line" if "line" in rows else "meta_step", y=value, hue=column) is not None


def test_the_frames_of_a_set_and_the_long_frame() -> None:
    runs = metalog.RunSet({"a": read(LOG), "b": read(text(SHAPE, seed=1))})
    sns.lineplot(runs.validations, x="epoch", y="loss", hue="problem", style="run", errorbar=None)
    sns.relplot(runs.meta_steps, x="global_meta_step", y="validation_loss", hue="run")
    sns.scatterplot(runs.meta_steps, x="train_loss", y="validation_loss", hue="global_meta_step")
    sns.boxplot(runs.long(), x="variable", y="value", hue="run")


def test_matplotlib_draws_columns(frame: pd.DataFrame) -> None:
    ax = Figure().subplots()
    ax.scatter(frame["epoch"], frame["loss"], c=frame["problem"], s=frame["meta_step"])
    ax.pcolormesh(frame[["problem", "epoch"]])
    assert ax.collections


# A number that is missing stays missing, whatever is done to the frames.


def test_a_missing_number_is_na_and_its_column_alone_is_nullable(frame: pd.DataFrame, damaged: pd.DataFrame) -> None:
    assert [str(dtype) for dtype in frame.dtypes.iloc[:5]] == ["int32"] * 5
    assert {name for name in damaged if str(damaged[name].dtype) == "Int32"} == {"problem"}
    assert damaged["problem"].isna().sum() == SHAPE.epochs
    assert damaged["problem"][damaged["problem"].isna()].tolist() == [pd.NA] * SHAPE.epochs


def test_sound_and_damaged_frames_go_together(frame: pd.DataFrame, damaged: pd.DataFrame) -> None:
    together = pd.concat([frame, damaged])
    assert str(together["problem"].dtype) == "Int32"
    assert str(together["epoch"].dtype) == "int32"
    merged = frame.merge(damaged, on=["meta_step", "problem", "epoch"])
    assert len(merged) == damaged["problem"].notna().sum()


def test_a_plain_learning_log_has_no_number_of_a_meta_step() -> None:
    rows = read("Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: 0.5\n").steps
    assert str(rows["meta_step"].dtype) == "Int32"
    assert str(rows["step"].dtype) == "int32"
    assert rows["meta_step"].isna().all()


def test_updates_of_a_growing_log_go_together_whatever_each_lacks() -> None:
    parser = metalog.Parser("run")
    cut = len(DAMAGED) // 3
    parser.feed(DAMAGED[:cut].encode())
    first = parser.take()
    parser.feed(DAMAGED[cut:].encode())
    later = parser.close()
    together = pd.concat([first.validations, later.validations], ignore_index=True)
    assert together["problem"].isna().sum() == SHAPE.epochs
    assert together["problem"].dtype in ("int32", "Int32")
    pd.testing.assert_frame_equal(together, read(DAMAGED).validations, check_dtype=False)


# pandas, scikit-learn, scipy


@pytest.mark.parametrize(
    "use",
    [
        lambda rows: rows.pivot_table(index="problem", columns="epoch", values="loss"),
        lambda rows: rows.groupby(["problem", "epoch"])["loss"].agg(["mean", "std"]),
        lambda rows: rows[["problem", "epoch", "loss"]].corr(),
        lambda rows: rows.melt(id_vars=["problem", "epoch"], value_vars=["loss", "accuracy"]),
        lambda rows: pd.cut(rows["meta_step"], 3).value_counts(),
        lambda rows: pd.get_dummies(rows["problem"]),
        lambda rows: rows.query("problem == 2 and epoch > 3").sort_values("loss"),
        lambda rows: rows.rolling(5, on="line")["loss"].mean(),
        lambda rows: rows.describe(),
        lambda rows: np.polyfit(rows["epoch"], rows["loss"], 1),
        lambda rows: rows[["problem", "epoch"]].to_numpy() @ np.ones(2),
        lambda rows: np.bincount(rows["problem"]),
    ],
)
def test_pandas_and_numpy_work_on_them(frame: pd.DataFrame, use: Draw) -> None:
    assert len(use(frame))


def test_scikit_learn_fits_on_them(frame: pd.DataFrame) -> None:
    x, y = frame[["meta_step", "problem", "epoch"]], frame["loss"]
    assert LinearRegression().fit(x, y).coef_.shape == (3,)
    assert RandomForestRegressor(3, random_state=0).fit(x, y).predict(x).shape == (len(frame),)


def test_scipy_tests_them(frame: pd.DataFrame) -> None:
    from scipy import stats

    assert stats.linregress(frame["epoch"], frame["loss"]).slope < 0
    assert stats.spearmanr(frame["epoch"], frame["loss"]).statistic < 0
    by_problem = [rows["loss"] for _, rows in frame.groupby("problem")]
    assert 0 <= stats.f_oneway(*by_problem).pvalue <= 1
    assert 0 <= stats.kruskal(*by_problem).pvalue <= 1
