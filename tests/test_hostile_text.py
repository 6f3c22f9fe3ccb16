"""Texts of others (names of files and members, comments, configurations, tags) never act: wherever they are shown."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import tarfile
from pathlib import Path

import pytest

from metalog.output.escapes import csv_text, json_text, latex_row, latex_text, markdown_text
from metalog.printable import printable
from tests.cli_logs import meta_log

#: A mark that must never begin a line or a cell of its own.
MARK = "FORGED"
TEXTS = [
    "\x1b]0;title\x07",
    "\x1b[2J\x1b[31m",
    "\x9b31m\x90\x9d",
    f"a\n{MARK}:1:1: gap forged",
    f"a\r\n{MARK}",
    f"a\x0b{MARK}\x0c{MARK}\x85{MARK}\u2028{MARK}\u2029{MARK}",
    "a\b\b\b\x7f",
    "tab\tulator",
    "\u202egnp.exe\u2066\u200f\ufeff",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a | b || c",
    "[text](javascript:alert(1)) ![x](//host/p) [x]: //host",
    "**bold** __under__ `code` ~~struck~~ $x$ \\| \\",
    "=HYPERLINK(1)",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd",
    "@SUM(1)",
    "\t=1+1",
    "＝1+1",
    "\\input{evil.tex}%",
    f"}}\n\\input{{evil.tex}}{MARK}",
    "[1]",
    "*",
    "& % $ # _ { } ~ ^ \\ < >",
    "^^5cinput{evil}",
]
SHOWN = re.compile("[^\n\x20-\x7e\xa0-\u2027\u2030-\u2065\u206a-\ufefe\uff00-\ufff8\ufffc\ufffd\U00010000-\U0010ffff]")
FORMS = ["table", "markdown", "latex", "csv", "json"]


def harmless(text: str) -> None:
    """Check that nothing in what a command wrote acts on a terminal, and that it has no line of others' making."""
    assert not SHOWN.search(text), repr(SHOWN.search(text))
    assert not re.search(rf"^\W*{MARK}", text, re.MULTILINE)


def checked(form: str, text: str) -> None:
    """Check a table by what its format would make of it."""
    harmless(text)
    if form == "markdown":
        assert not re.search(r"<|(?<!\\)`|(?<!\\)\*|(?<!\\)\]\(|(?<!\\)~", text)
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows}) == 1
    if form == "latex":
        assert not re.search(r"\\input|\\\\\s*[\[*]", text)
        live = [line for line in text.splitlines() if not line.startswith("%")]
        assert len({len(re.findall(r"(?<!\\)&", line)) for line in live if line.endswith(r"\\")}) == 1
    if form == "csv":
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                assert not cell.startswith(("=", "@", "\t", "\r", "＝")), cell
                assert not cell.startswith(("+", "-")) or float(cell) is not None, cell
    if form == "json":
        json.loads(text)


def odd_logs() -> dict[str, str]:
    """Return logs that hold each text in each place where a log can hold one, by the place."""
    config = {"seed": 0} | {f"key {text}": text for text in TEXTS}
    lines = meta_log(2, config=config).splitlines(keepends=True)
    place = lines.index("- Problem 1 -\n")
    values = json.dumps({text: number for number, text in enumerate(TEXTS)})
    result = json.dumps(
        {"initialisation": "<b>x</b>\x1b[2J", "accuracy_after": 1, "accuracy_after_ci95": 0, "problems": 1}
    )
    forging = result.replace("<b>x</b>", f"a\\n{MARK}\\r{MARK}\\u2028{MARK}\\u0085{MARK}")
    flat = [text.replace("\n", " ").replace("\r", " ") for text in TEXTS]
    logs = {
        "config": "".join(lines),
        "meta-step": "".join([*lines[:place], f"# meta-step {values}\n", *lines[place:]]),
        "meta-test": "".join([*lines, f"# meta-test {result}\n"]),
        "meta-test of lines": "".join([*lines, f"# meta-test {forging}\n"]),
        "noise": "".join([*lines[:place], *(f"{text}\n" for text in TEXTS), *lines[place:]]),
        "comments": "".join([*lines[:place], *(f"# {text}\n# config {{{text}\n" for text in flat), *lines[place:]]),
    }
    one_each = [f"[{text}]: {line}" for line in lines[1:] for text in flat[::3]]
    logs["tags"] = "".join(one_each)
    return logs


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    for place, text in odd_logs().items():
        (folder / f"{place}.txt").write_text(text, encoding="utf-8", newline="")
    names = [name.replace("/", "∕") for name in TEXTS[::2]] if sys.platform == "linux" else []
    for name in names:
        (folder / f"{name}.txt").write_text(meta_log(2) + f"noise\n{name}\n", encoding="utf-8")
    if sys.platform == "linux":
        (folder / os.fsdecode(b"bytes \xff\xe9.txt")).write_text(meta_log(2))
    with tarfile.open(folder / "all.tar", "w") as tar:
        for name in TEXTS:
            info = tarfile.TarInfo(f"in tar {name}.txt")
            content = meta_log(1).encode()
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return folder


@pytest.fixture(autouse=True)
def here(logs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize("what", ["", "all.tar"])
@pytest.mark.parametrize("command", ["parse", "check", "check --rejects rejects"])
def test_nothing_acts_on_the_terminal(typed, logs, command, what):
    result = typed(*command.split(), logs / what)
    assert result.stdout or what
    harmless(result.stdout)
    harmless(result.stderr)


@pytest.mark.parametrize("what", ["", "all.tar"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", ["summary", "compare"])
def test_nothing_acts_in_a_table(typed, logs, command, form, what):
    result = typed(command, logs / what, "--format", form)
    assert len(result.stdout.splitlines()) > len(TEXTS)
    checked(form, result.stdout)
    harmless(result.stderr)


@pytest.mark.parametrize("frame", ["all", "steps", "meta_steps", "diagnostics"])
def test_nothing_acts_in_frames(typed, logs, frame):
    for form in ("csv", "jsonl"):
        result = typed("parse", logs, "-o", "-", "--format", form, "--frame", frame)
        assert result.stdout
        harmless(result.stderr)
        if form == "csv":
            checked("csv", result.stdout)
        else:
            harmless(result.stdout)
            for line in result.stdout.splitlines():
                json.loads(line)


def test_nothing_acts_in_the_names_of_failures(typed, tmp_path):
    for number, text in enumerate(TEXTS):
        name = f"{text.replace('/', '∕')}{number}"
        for command in ("parse", "check", "summary"):
            result = typed(command, name)
            assert (result.code, result.data) == (2, b"")
            assert result.stderr.count("\n") == 1
            harmless(result.stderr)


@pytest.mark.parametrize("text", TEXTS)
def test_each_format_has_its_own_escapes(text):
    harmless(printable(text))
    assert "\n" not in printable(text)
    checked("markdown", f"| {markdown_text(text)} |\n")
    checked("latex", f"{latex_row([text, text])}\n{latex_row([text, text])}\n")
    checked("csv", csv_text(text))
    assert json.loads(json_text(json.dumps(text, ensure_ascii=False))) == text
    harmless(json_text(json.dumps(text, ensure_ascii=False)))


@pytest.mark.parametrize("number", ["1", "-0.5", "+1e-3", "-inf", "1e300"])
def test_a_text_that_is_a_number_stays_one_in_csv(number):
    assert csv_text(number) == number


def test_what_needs_no_escape_has_none():
    text = "meta_lr=0.001 läuft (50 %) 中文"
    assert (printable(text), markdown_text(text), csv_text(text)) == (text, text, text)
    assert latex_text("a-1 x") == "a-1 x"
