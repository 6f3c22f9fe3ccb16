"""``--format`` and ``metalog formats`` as a user types them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from metalog.cli import cli
from metalog.formats import native
from metalog.reading import known
from tests.cli_logs import LEARNING, meta_log
from tests.declared_formats import CYCLES, LOOSE, ROUNDS, cycles, declare_in, rounds

UNKNOWN = "sum of 1\nproduct of 2\nsum of 3\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(known, "_told", set())
    monkeypatch.setattr(known, "user_folder", lambda: tmp_path / "home" / "formats")
    monkeypatch.chdir(tmp_path)
    declare_in(tmp_path / ".metalog" / "formats", ROUNDS, CYCLES)
    declare_in(tmp_path / "elsewhere", LOOSE)
    Path("some.log").write_text("words\n" + rounds())
    Path("run.txt").write_text(meta_log())
    Path("unknown.log").write_text(UNKNOWN)
    return tmp_path


# --format


def test_parse_says_which_format_it_found(typed):
    result = typed("parse", "some.log")
    assert result.code == 0
    assert result.stderr == "format: rounds, as found; --format says another\nnext: metalog plot --curve some.log\n"
    assert "6" in result.stdout
    assert typed("parse", "run.txt").stderr == "next: metalog plot --curve run.txt\n"
    named = typed("parse", "some.log", "--format", "rounds")
    assert named.stderr == "next: metalog plot --curve some.log --format rounds\n"
    assert "as found" not in typed("parse", "some.log", "--format", "rounds").stderr
    Path("runs").mkdir()
    for name, log in (("a", rounds()), ("b", cycles()), ("c", meta_log()), ("d", rounds())):
        Path("runs", f"{name}.log").write_text(log)
    assert typed("parse", "runs").stderr == (
        "format: rounds (2 of 4 runs), as found; --format says another\n"
        "format: cycles (1 of 4 runs), as found; --format says another\n"
        "next: metalog summary runs\n"
    )


def test_standard_input_is_looked_into_too(typed):
    result = typed("parse", "-", "-o", "-", "--frame", "scores", "--as", "csv", stdin=rounds(2).encode())
    assert result.stdout.splitlines() == ["segment,round,score,cost,line", "0,1,0.5,1.1,1", "0,2,0.5,1.2,2"]


@pytest.mark.parametrize("option", ["--as", "--format"])
def test_a_form_of_output_is_no_format_of_a_log(typed, option):
    """``--format csv`` said the form of the output before logs had formats."""
    assert typed("parse", "run.txt", "-o", "-", option, "csv").stdout.startswith("kind,")
    assert json.loads(typed("summary", "run.txt", option, "json").stdout)
    Path("again.txt").write_text(meta_log())
    assert typed("compare", "run.txt", "again.txt", option, "csv").stdout.startswith("run,")
    both = typed("parse", "some.log", "--format", "rounds", "-o", "-", "--as", "jsonl", "--frame", "scores")
    assert json.loads(both.stdout.splitlines()[0])["score"] == 0.5


@pytest.mark.parametrize("command", [["parse"], ["check"], ["plot"], ["summary"], ["compare", "some.log"]])
def test_every_command_that_reads_logs_takes_a_format(typed, command):
    result = typed(*command, "some.log", "--format", "cycles")
    assert result.code == 1
    assert "some.log has no line of the format cycles; without --format it is found out" in result.stderr
    result = typed(*command, "some.log", "--format", "ruonds")
    assert (result.code, result.data) == (2, b"")
    assert "metalog: no format is known by the name ruonds; did you mean rounds?\n" in result.stderr
    result = typed(*command, "some.log", "--format", "none.toml")
    assert "none.toml: no such file; check the path\n" in result.stderr
    assert result.code == 2


def test_a_file_is_a_format(typed):
    result = typed("parse", "some.log", "--format", "elsewhere/loose.toml", "-o", "-", "--frame", "rounds")
    assert result.stdout.count("\n") == 7
    assert typed("check", "some.log", "--format", "elsewhere/loose.toml").stdout.count("noise") == 1


@pytest.mark.parametrize("command", ["parse", "check", "plot", "summary"])
def test_a_log_in_no_known_format_is_answered_with_what_it_looks_like_and_the_next_command(typed, command):
    result = typed(command, "unknown.log")
    assert (result.code, result.data) == (1, b"")
    assert result.stderr == (
        "metalog: unknown.log has no line of a known format; most of its lines with numbers are 'sum of #' (2 times), "
        "'product of #' (1 time); declare them: metalog formats draft unknown.log -o unknown.toml\n"
    )


def test_a_tie_and_a_broken_declaration_are_told_on_standard_error(typed):
    declare_in(Path(".metalog", "formats"), ROUNDS.replace('"rounds"', '"again"'))
    Path(".metalog/formats/broken.toml").write_text("[[")
    assert typed("check", "run.txt").stderr == ""
    first, second = typed("check", "some.log", "some.log").stderr.splitlines()
    assert first.startswith(f"metalog: {Path('.metalog/formats/broken.toml').absolute()}:")
    assert second == "metalog: some.log is read as again, but fits rounds as well; --format (format=) says which"


def test_names_and_files_are_completed():
    def completed(typed_so_far: str) -> list[str]:
        env = {"_METALOG_COMPLETE": "bash_complete", "COMP_CWORD": "3"}
        env["COMP_WORDS"] = f"metalog parse --format {typed_so_far}"
        return CliRunner().invoke(cli, prog_name="metalog", env=env).output.split()

    assert completed("ro") == ["plain,rounds"]
    assert {"plain,maml", "plain,cycles"} <= set(completed(""))
    assert completed("elsewhere/l") == ["file,elsewhere/l"]


# metalog formats


def test_list_tells_name_title_and_origin(typed):
    lines = typed("formats", "list").stdout.splitlines()
    assert lines[0].split() == ["name", "title", "from"]
    assert [line.split()[0] for line in lines[1:4]] == ["maml", "cycles", "rounds"]
    assert lines[1].endswith("bundled")
    assert lines[3].split("  ")[-1].strip() == str(Path(".metalog/formats/rounds.toml").absolute())
    assert "Rounds with a score" in lines[3]


def test_show_tells_levels_lines_and_frames(typed):
    assert typed("formats", "show", "elsewhere/loose.toml").stdout == (
        "loose: Any round (elsewhere/loose.toml)\n"
        "\n"
        "levels\n"
        "  round\n"
        "\n"
        "lines\n"
        "  any   round {round}: score <score>, cost <cost>\n"
        "  step  {round}: <value>\n"
        "\n"
        "frames\n"
        "  rounds       segment, round, score, cost, line\n"
        "  values       segment, round, value, line\n"
        "  diagnostics  line, column, code, severity, message, text\n"
    )
    assert "  cycle > pass\n" in typed("formats", "show", "cycles").stdout
    shown = typed("formats", "show", "maml").stdout
    assert "meta_epoch > meta_step > problem > epoch > step\n" in shown
    assert all(line.sample in shown for line in native().lines)


def test_show_prints_the_declaration(typed):
    assert typed("formats", "show", "rounds", "--toml").stdout == ROUNDS
    Path("again.toml").write_bytes(typed("formats", "show", "maml", "--toml").data)
    assert typed("check", "run.txt", "--format", "again.toml").code == 0


def test_test_tells_what_a_declaration_explains(typed):
    Path("mixed.log").write_text(rounds(3) + UNKNOWN + "words\n")
    result = typed("formats", "test", "rounds", "mixed.log")
    assert result.code == 0
    assert result.stdout == (
        "rounds: 1 line, 2 frames; the declaration holds\n"
        "mixed.log: 3 of 6 lines with numbers understood (50.0%)\n"
        "  scores  3 rows\n"
        "  most frequent of those not understood:\n"
        "         2 times  sum of #\n"
        "          1 time  product of #\n"
    )
    result = typed("formats", "test", "elsewhere/loose.toml", "some.log", "unknown.log")
    assert result.code == 1  # the second gives no row
    assert "some.log: 6 of 6 lines with numbers understood (100.0%)\n  rounds  6 rows\n" in result.stdout


def test_test_counts_all_lines_whatever_ends_them(typed):
    Path("some.log").write_bytes((rounds(3) + "sum of 1").replace("\n", "\r\n").encode("utf-16"))
    assert "3 of 4 lines with numbers understood (75.0%)" in typed("formats", "test", "rounds", "some.log").stdout
    Path("run.txt").write_text(LEARNING)
    assert "(100.0%)" in typed("formats", "test", "maml", "run.txt").stdout


def test_test_of_a_declaration_that_does_not_hold_ends_with_1(typed):
    Path("bad.toml").write_text(ROUNDS + "\n[level.nothing]\n")
    result = typed("formats", "test", "bad.toml")
    assert (result.code, result.data) == (1, b"")
    assert re.match(r"metalog: bad.toml(:11)?: \[level.nothing\] is no level", result.stderr)
    for call in (["test", "none.toml"], ["test", "none"], ["show", "none"], ["test", "rounds", "none.log"]):
        result = typed("formats", *call)
        assert (result.code, result.stderr.count("\n")) == (2, 1)
