"""``metalog formats draft``: what is written where, and what is refused."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from metalog.cli.formats import formats
from metalog.errors import MetalogError, UsageError
from metalog.formats.declare import declare
from tests.invented_logs import PROGRAMS


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "My run.log"
    path.write_text("\n".join(PROGRAMS["closerlook"](Random(1))), encoding="utf-8")
    return path


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(formats, ["draft", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        assert isinstance(result.exception, MetalogError), result.exception
    return result


def test_standard_output_gets_the_declaration_alone(log: Path) -> None:
    result = call(log)
    assert result.exit_code == 0
    form = declare(result.stdout)
    assert form.name == "my-run"
    assert "lines with numbers are explained" in result.stderr


def test_a_file_gets_it_and_the_next_command_is_told(log: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.toml"
    result = call(log, "-o", target, "--name", "closer")
    assert result.exit_code == 0
    assert not result.stdout
    assert declare(target.read_text(encoding="utf-8")).name == "closer"
    assert f"metalog formats test {target} {log}" in result.stderr


def test_a_file_that_exists_is_kept_unless_told_otherwise(log: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.toml"
    target.write_text("# edited by hand\n", encoding="utf-8")
    result = call(log, "-o", target)
    assert isinstance(result.exception, UsageError)
    assert "--overwrite" in str(result.exception)
    assert target.read_text(encoding="utf-8") == "# edited by hand\n"
    assert call(log, "-o", target, "--overwrite").exit_code == 0
    declare(target.read_text(encoding="utf-8"))


def test_the_log_itself_is_never_written_over(log: Path) -> None:
    before = log.read_bytes()
    assert isinstance(call(log, "-o", log, "--overwrite").exception, UsageError)
    assert log.read_bytes() == before


def test_what_was_not_placed_is_told(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"epoch {n} loss {n}.5\nusing 3 of 4 workers\n" for n in range(5)), encoding="utf-8")
    result = call(log)
    assert "5 of 10 lines with numbers are explained" in result.stderr
    assert "not placed, 5 x: using 3 of 4 workers" in result.stderr
    assert "# 5 x: using 3 of 4 workers" in result.stdout


def test_a_log_without_records_is_an_error(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("hello\n", encoding="utf-8")
    result = call(log)
    assert isinstance(result.exception, UsageError)
    assert not result.stdout


def test_several_logs_are_refused(tmp_path: Path) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text("epoch 1 loss 0.5\n", encoding="utf-8")
    assert isinstance(call(tmp_path).exception, UsageError)


def test_a_draft_passes_the_test_of_declarations(log: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.toml"
    call(log, "-o", target)
    result = CliRunner().invoke(formats, ["test", str(target), str(log)])
    assert result.exit_code == 0
    assert "the declaration holds" in result.stdout
    assert "132 of 132 lines with numbers understood" in result.stdout
