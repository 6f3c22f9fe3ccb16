"""``metalog explain``, and the forms of ``metalog check``."""

from __future__ import annotations

import json

import pytest

import metalog
from metalog.diagnostics import CODES
from tests.cli_logs import meta_log, odd_log


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.txt").write_text(odd_log())
    (tmp_path / "good.txt").write_text(meta_log())
    return tmp_path


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_explained(typed, code):
    result = typed("explain", code)
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{code} ({CODES[code].severity})\n")
    assert CODES[code].advice in result.stdout


def test_without_a_code_all_are_listed(typed):
    assert [line.split()[0] for line in typed("explain").stdout.splitlines()] == list(CODES)


def test_an_unknown_code_is_met_with_what_was_meant(typed):
    result = typed("explain", "traceback", "malformd")
    assert (result.code, result.data) == (2, b"")
    assert "did you mean malformed?" in result.stderr


def test_json_has_all_of_each_log(typed):
    result = typed("check", "--as", "json", "odd.txt", "good.txt")
    odd, good = json.loads(result.stdout)
    assert (result.code, good["diagnostics"], good["run"]) == (1, [], "good.txt")
    assert good["verdict"].startswith("meta-train loss 0.3242")
    frame = metalog.read("odd.txt").diagnostics
    assert [one["message"] for one in odd["diagnostics"]] == frame["message"].tolist()
    assert [one["line"] for one in odd["diagnostics"]] == frame["line"].tolist()


def test_github_shows_each_beside_its_line(typed):
    lines = typed("check", "--as", "github", "odd.txt").stdout.splitlines()
    assert len(lines) == len(metalog.read("odd.txt").diagnostics)
    assert lines[0] == "::warning file=odd.txt,line=9,col=1,title=noise::not a line of the format (lines 9 to 10)"


def test_sarif_names_rules_and_places(typed):
    (run,) = json.loads(typed("check", "--as", "sarif", "odd.txt").stdout)["runs"]
    frame = metalog.read("odd.txt").diagnostics
    assert [one["ruleId"] for one in run["results"]] == frame["code"].tolist()
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == set(frame["code"])
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["endLine"]) == (9, 10)


def test_a_log_whose_records_all_lack_the_same_is_refused_with_what_they_lack(typed, here):
    text = meta_log(meta_steps=100).replace("], Loss", ", Loss")
    (here / "near.txt").write_text(text)
    result = typed("parse", "near.txt")
    assert (result.code, result.data) == (1, b"")
    assert result.stderr == (
        "metalog: near.txt has no whole record; line 7 is no step line: expected `], Loss:` in column 20, found "
        "`, Loss:` (800 lines like this); metalog check lists all\n"
    )
    listed = typed("check", "near.txt")
    assert listed.code == 1
    assert "790 more lines like line 7: no step line" in listed.stdout
