"""The format of a log is found out from its first lines, however they come."""

from __future__ import annotations

import gzip
import io
import os
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

import metalog
from metalog import FormatWarning, UsageError
from metalog.formats import declare, native
from metalog.reading import finding, known
from metalog.reading.finding import ENOUGH, FIRST, MOST, WINDOW, Finder
from metalog.reading.fit import fit, has_records
from metalog.reading.follow import Update, follow
from metalog.sources.streams import Stream, open_file
from tests.cli_logs import LEARNING, meta_log
from tests.declared_formats import CYCLES, LOOSE, ROUNDS, cycles, declare_in, rounds

NOISE = "the model has 3 layers of 64 units, and more to say\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a project that declares some formats, without what this machine's user may have."""
    monkeypatch.setattr(known, "_told", set())
    monkeypatch.setattr(known, "user_folder", lambda: tmp_path / "home" / "formats")
    declare_in(tmp_path / ".metalog" / "formats", ROUNDS, CYCLES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def declares(*texts: str) -> None:
    declare_in(Path(".metalog", "formats"), *texts)


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def name_of(log: str | bytes) -> str:
    return metalog.read(io.BytesIO(log.encode() if isinstance(log, str) else log)).format.name


@pytest.mark.parametrize(
    ("log", "expected"), [(rounds(), "rounds"), (cycles(), "cycles"), (meta_log(), "maml"), (LEARNING, "maml")]
)
def test_each_log_is_read_in_its_own_format(log: str, expected: str) -> None:
    run = metalog.read(write("some.log", log))
    assert run.format.name == expected
    assert run.diagnostics.empty


def test_where_metalogs_own_format_fits_nothing_else_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "usable_formats", lambda *_: pytest.fail("others were loaded"))
    assert metalog.read(write("run.txt", NOISE * 5000 + meta_log())).format is native()


def test_metalogs_own_format_wins_where_it_finds_a_record_before_the_others_are_sure() -> None:
    assert name_of(rounds(1) + LEARNING) == "maml"
    assert name_of("Epoch 1\nEpoch 2\n" + rounds()) == "rounds"  # headers that may be anybody's are no records
    assert name_of("Epoch 1\nEpoch 2\n") == "maml"
    assert name_of("# metalog log format 1\n" + rounds()) == "maml"


@pytest.mark.parametrize("pages", [FIRST, WINDOW, 1_000_000])
@pytest.mark.parametrize(("log", "expected"), [(rounds(), "rounds"), (meta_log(), "maml")])
def test_what_a_log_begins_with_is_read_over(pages: int, log: str, expected: str) -> None:
    text = NOISE * (pages // len(NOISE)) + log
    assert name_of(text) == expected
    assert name_of(gzip.compress(text.encode())) == expected


def test_a_log_in_which_nothing_is_found_is_given_up_and_read_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST", 1 << 18)
    run = metalog.read(write("some.log", NOISE * (1 << 14) + rounds()))
    assert run.format is native()
    assert run.counts["lines"] == (1 << 14) + 6
    assert MOST >= 1_000_000


@pytest.mark.parametrize("cut", [None, 1, 3, -1])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_lost_line_ends_hide_nothing(encoding: str, cut: int | None) -> None:
    assert name_of(rounds().encode(encoding)[: None if cut is None else -abs(cut)]) == "rounds"
    assert name_of(rounds().replace("\n", "\r\n").encode(encoding)) == "rounds"


def test_prefixes_hide_nothing() -> None:
    assert name_of("".join(f"2024-05-06 07:08:09,123 [INFO] {line}\n" for line in rounds().splitlines())) == "rounds"


def test_the_format_that_foresees_more_of_the_lines_wins() -> None:
    declares(LOOSE.replace("round {round}: score <score>, cost <cost>", "round {round}: score <score>, cost <cost> s"))
    assert name_of("".join(f"{one}: 0.5\n" for one in range(1, 40))) == "loose"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert name_of("".join(f"{one}: 0.5\n" for one in range(1, 40)) + rounds(5)) == "rounds"


def test_what_may_be_chance_is_not_believed() -> None:
    declares(LOOSE)
    path = write("some.log", "sum of 5\n3: 0.5\n")
    assert metalog.read(path).format is native()
    assert len(metalog.read(path, format="loose")["values"]) == 1


def test_a_tie_is_told() -> None:
    declares(ROUNDS.replace('"rounds"', '"again"'))
    path = write("some.log", rounds())
    with pytest.warns(FormatWarning) as told:
        run = metalog.read(path)
    assert run.format.name == "again"
    (message,) = [str(one.message) for one in told]
    assert message == "some.log is read as again, but fits rounds as well; --format (format=) says which"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metalog.read(path, format="rounds").format.name == "rounds"


def test_a_broken_declaration_stops_nothing() -> None:
    write(".metalog/formats/broken.toml", "name = 1\n[[[")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert name_of(meta_log()) == "maml"
    with pytest.warns(FormatWarning, match=r"broken.toml.*TOML.*"):
        assert name_of(rounds()) == "rounds"


def test_a_format_may_be_given_by_name_by_file_or_itself(tmp_path: Path) -> None:
    path = write("some.log", rounds())
    (file,) = declare_in(tmp_path / "elsewhere", LOOSE)
    for given in (file, str(file), declare(LOOSE)):
        assert list(metalog.read(path, format=given).frames) == ["rounds", "values", "diagnostics"]
    assert metalog.read(path, format="cycles")["passes"].empty
    assert metalog.read(path, format="maml").format is native()
    with pytest.raises(UsageError, match=r"no format is known by the name round; did you mean rounds\?"):
        metalog.read(path, format="round")


def test_what_is_known_depends_on_where_the_log_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    log = "".join(f"{one}: 0.5\n" for one in range(1, 40))
    declare_in(tmp_path / "project" / ".metalog" / "formats", LOOSE)
    inside, outside = tmp_path / "project" / "runs" / "a.log", tmp_path / "b.log"
    inside.parent.mkdir()
    for path in (inside, outside):
        path.write_text(log)
    assert metalog.read(inside).format.name == "loose"
    with inside.open("rb") as stream:
        assert metalog.read(stream).format.name == "loose"
    assert metalog.read(outside).format is native()


# Several logs


def test_each_log_of_a_folder_finds_its_own_format() -> None:
    for name, log in (("a", rounds()), ("b", cycles()), ("c", meta_log())):
        write(f"runs/{name}.log", log)
    write("runs/d.log", NOISE * 3 + "another thing 5\n")
    runs = metalog.read_many("runs")
    assert {name: run.format.name for name, run in runs.items()} == {"a": "rounds", "b": "cycles", "c": "maml"}
    (failure,) = runs.failures.values()
    assert str(failure).startswith("runs/d.log has no line of a known format; most of its lines with numbers are ")
    assert set(metalog.read_many("runs", format="rounds").runs) == {"a"}
    with pytest.raises(UsageError):
        metalog.read_many("runs", format="nothing")


def test_members_of_an_archive_find_theirs() -> None:
    with zipfile.ZipFile("logs.zip", "w") as archive:
        archive.writestr("a.log", rounds())
        archive.writestr("b.log", cycles())
    assert [run.format.name for run in metalog.read_many("logs.zip").values()] == ["rounds", "cycles"]


def test_a_pipe_is_read_as_it_comes() -> None:
    reader, writer = os.pipe()

    def feed() -> None:
        with os.fdopen(writer, "wb", buffering=0) as stream:
            for line in (NOISE * 3 + rounds(40)).splitlines(keepends=True):
                stream.write(line.encode())

    thread = threading.Thread(target=feed)
    thread.start()
    with os.fdopen(reader, "rb") as stream:
        run = metalog.read(stream)
    thread.join()
    assert run.format.name == "rounds"
    assert run["scores"]["round"].tolist() == list(range(1, 41))
    assert run["scores"]["line"].tolist() == list(range(4, 44))


# A log that grows


def growing(path: Path, pieces: list[bytes], **options: bool | str) -> list[Update]:
    remaining: Iterator[bytes] = iter(pieces)

    def stop() -> bool:
        for piece in remaining:
            with path.open("ab") as file:
                file.write(piece)
            return False
        return True

    return list(follow(path, poll=0, stop=stop, **options))  # type: ignore[arg-type]


def scores(updates: list[Update], frame: str = "scores") -> pd.DataFrame:
    return pd.concat([update.rows[frame] for update in updates], ignore_index=True)


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_the_rows_of_a_growing_log_are_those_of_one_read(size: int) -> None:
    path = Path("some.log")
    log = (NOISE * 3 + rounds(30)).encode()
    updates = growing(path, [b"", *(log[begin : begin + size] for begin in range(0, len(log), size))])
    assert {update.rows.format.name for update in updates} == {"rounds"}
    pd.testing.assert_frame_equal(scores(updates), metalog.read(path)["scores"])
    pd.testing.assert_frame_equal(scores(updates, "diagnostics"), metalog.read(path).diagnostics)
    if size == 100:
        assert len(updates[0].rows["scores"]) < 10  # nobody waits for the end
        assert len(updates) > 5


def test_a_growing_log_of_a_few_lines_is_read_at_its_end() -> None:
    assert 1 + len("round:score,cost") < ENOUGH
    updates = growing(Path("some.log"), [rounds(1).encode(), b"", b""])
    assert len(updates) == 1
    assert len(updates[0].rows["scores"]) == 1


def test_what_was_there_before_is_not_told_later() -> None:
    path = write("some.log", rounds(2))
    updates = growing(path, [b"", rounds(5, first=3).encode()], from_start=False)
    assert scores(updates)["round"].tolist() == [3, 4, 5, 6, 7]


def test_each_generation_finds_its_own_format() -> None:
    path = write("some.log", rounds())
    actions: list[Callable[[], object]] = [lambda: None, lambda: path.write_text(cycles(9))]

    def stop() -> bool:
        if actions:
            actions.pop(0)()
            return False
        return True

    updates = list(follow(path, poll=0, stop=stop))
    assert [(update.generation, update.rows.format.name) for update in updates if not update.rows.empty] == [
        (1, "rounds"),
        (2, "cycles"),
    ]


def test_a_given_format_is_followed_from_the_first_line() -> None:
    updates = growing(Path("some.log"), [rounds(1).encode(), rounds(1, 2).encode()], format="rounds")
    assert [len(update.rows["scores"]) for update in updates if not update.rows.empty] == [1, 1]
    with pytest.raises(UsageError, match="no format is known"):
        follow("some.log", format="nothing")


# What the parts promise


def test_what_no_format_knows_is_shown_by_its_shapes() -> None:
    finder = Finder()
    assert finder.feed(b"sum of 1\nproduct of 2\nsum of 3\nwords\n\0 1\n") is None
    found = finder.end()
    assert (found.format, found.shapes) == (native(), (("sum of #", 2), ("product of #", 1)))
    assert found.why_empty("my log.txt") == (
        "my log.txt has no line of a known format; most of its lines with numbers are 'sum of #' (2 times), "
        "'product of #' (1 time); declare them: metalog formats draft 'my log.txt' -o 'my log.toml'"
    )


def test_a_format_explains_what_its_words_stand_in() -> None:
    form = declare(ROUNDS)
    assert fit(form, rounds(2).encode()) == 2 * (1 + len("round:score,cost"))
    assert fit(form, b"round 1: score x, cost 2\n") == fit(form, b"") == 0
    assert fit(declare(CYCLES), b"Cycle 1\nCycle 2\n") == 0  # headers alone say nothing
    assert fit(form, b"ground 1: score 1, cost 2\n" + rounds(1).encode()) == fit(form, rounds(1).encode())
    assert has_records(form, rounds(1).encode())
    assert not has_records(form, NOISE.encode())
    assert has_records(native(), b"- Problem 1 -\n")
    assert not has_records(native(), b"Epoch 1\n")


@pytest.mark.parametrize("size", [1, 10, 5000, 10**6])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_looking_ahead_takes_nothing(tmp_path: Path, size: int, compress: Callable[[bytes], bytes]) -> None:
    text = meta_log().encode() * 20
    path = tmp_path / "log"
    path.write_bytes(compress(text))
    for stream in (open_file(path), Stream(io.BytesIO(compress(text)), "log")):
        with stream:
            assert stream.peek(size) == stream.peek(size) == text[:size]
            assert stream.position == 0
            assert stream.peek(size // 2) == text[: size // 2]
            first = bytes(stream.read_lines(1000))
            assert first == text[: len(first)]
            assert stream.position == len(first)
            assert stream.peek(size) == text[len(first) : len(first) + size]
            stream.skip(500)
            assert stream.read() == text[len(first) + 500 :]
            assert stream.failure is None


@pytest.mark.parametrize("size", [10, 10**6])
def test_what_fails_is_told_by_who_reads_up_to_there(size: int) -> None:
    text = os.urandom(3000).hex().encode()
    cut = gzip.compress(text)[:-100]
    whole = Stream(io.BytesIO(cut), "log")
    expected = whole.read()
    stream = Stream(io.BytesIO(cut), "log")
    assert stream.peek(size) == expected[:size]
    assert stream.failure is None
    assert stream.read() == expected
    assert stream.failure == whole.failure != None  # noqa: E711 - both must be told
