"""A format that metalog has never seen goes through the same classes: frames, gaps, lost headers, restarts."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

import metalog
from metalog.formats import declare, native
from metalog.reading.parser import Parser
from metalog.runs.run import Run
from tests import loggen

FEDERATED = declare(
    """
name = "federated"
title = "Federated learning: rounds of clients that make updates"
levels = ["round > client > update"]

[level.update]
first = 0

[[line]]
name = "round"
template = "*** ROUND {round} ***"
opens = "round"

[[line]]
name = "client"
template = "client {client} of the round"
opens = "client"

[[line]]
name = "update"
template = "  update {update:4}: risk <risk>, norm <norm>"
row = "updates"

[[line]]
name = "client end"
template = "client {client} sent its weights, drift <drift>"
row = "clients"
closes = "client"

[[summary]]
frame = "rounds"
level = "round"
over = "client"
count = "clients"
[summary.last]
risk = "updates.risk"
drift = "clients.drift"
""",
    "federated.toml",
)


def log(rounds: int = 3, clients: int = 2, updates: int = 3) -> list[str]:
    lines = []
    for number in range(1, rounds + 1):
        lines.append(f"*** ROUND {number} ***")
        for client in range(1, clients + 1):
            lines.append(f"client {client} of the round")
            lines += [f"  update {update:4}: risk {number}.{client}{update}, norm 1e-05" for update in range(updates)]
            lines.append(f"client {client} sent its weights, drift {client}.5")
    return lines


def read(lines: list[str]) -> Run:
    return metalog.read(io.BytesIO("".join(line + "\n" for line in lines).encode()), format=FEDERATED)


def codes(run: Run) -> list[tuple[int, str]]:
    return list(zip(run.diagnostics["line"].tolist(), run.diagnostics["code"].tolist(), strict=True))


def messages(run: Run) -> list[str]:
    return run.diagnostics["message"].tolist()


@pytest.fixture(params=["native", "portable"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "native":
        pytest.importorskip("metalog.odometer.native", reason="this install has no compiled engine")
    monkeypatch.setenv("METALOG_ENGINE", request.param)


@pytest.mark.usefixtures("engine")
def test_a_sound_log() -> None:
    run = read(log())
    assert run.diagnostics.empty
    assert list(run.frames) == ["updates", "clients", "rounds", "diagnostics"]
    updates = run["updates"]
    assert list(updates) == ["segment", "round", "client", "update", "risk", "norm", "line"]
    assert updates["update"].tolist() == [0, 1, 2] * 6
    assert updates["client"].tolist() == [1, 1, 1, 2, 2, 2] * 3
    assert updates["risk"].tolist()[:4] == [1.1, 1.11, 1.12, 1.2]
    assert str(updates["round"].dtype) == "int32"
    rounds = run["rounds"]
    assert rounds["clients"].tolist() == [2, 2, 2]
    assert rounds["complete"].all()
    assert rounds["drift"].tolist() == [2.0, 2.0, 2.0]


@pytest.mark.usefixtures("engine")
def test_a_gap_a_lost_header_and_a_restart() -> None:
    lines = log()
    del lines[3]  # update 1 of client 1 of round 1
    run = read(lines)
    assert codes(run) == [(4, "gap")]
    assert messages(run) == ["update 2 where 1 should begin"]

    lines = log()
    del lines[11]  # *** ROUND 2 ***
    run = read(lines)
    assert codes(run) == [(12, "lost-header")]
    assert messages(run) == ["client 1 after client 2: the header of its round ('*** ROUND … ***') is missing"]
    assert run["updates"]["round"].isna().sum() == 6
    assert run["rounds"]["round"].tolist()[::2] == [1, 3]

    run = read(log() + log(rounds=1))
    assert codes(run) == [(34, "restart")]
    assert run["updates"]["segment"].tolist() == [0] * 18 + [1] * 6


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("place", range(len(log())))
def test_any_lost_line_is_reported_and_no_record_is_lost_with_it(place: int) -> None:
    lines = log()
    lost = lines.pop(place)
    run = read(lines)
    assert codes(run)
    assert len(run["updates"]) == 18 - lost.startswith("  update")
    assert len(run["clients"]) == 6 - ("sent" in lost)


def test_two_formats_are_read_in_two_threads_at_once() -> None:
    own = "\n".join(log(rounds=200)).encode() + b"\n"
    other = loggen.text(loggen.Shape(meta_steps=30)).encode()

    def parse(job: int) -> int:
        parser = Parser(format=FEDERATED if job % 2 else native())
        for begin in range(0, len(own if job % 2 else other), 5000):
            parser.feed((own if job % 2 else other)[begin : begin + 5000])
        run = parser.close()
        assert run.diagnostics.empty
        return len(run["updates" if job % 2 else "steps"])

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(parse, range(8))) == {200 * 2 * 3, 30 * 8 * 45}
