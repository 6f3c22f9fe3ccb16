"""Texts of logs, names and configurations never act in the page: no dialog, no request, no script, no markup."""

from __future__ import annotations

import io

import pytest

import metalog
from tests.cli_logs import meta_log
from tests.report.conftest import Show
from tests.test_hostile_text import TEXTS, odd_logs

MARKUP = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    '"><svg onload=alert(1)>',
    "<!--<script>",
    "</title><script>alert(1)</script>",
    "]]><iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{display:none}</style>",
    "<base href=//example.org/><link rel=stylesheet href=//example.org/x.css>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{constructor.constructor('alert(1)')()}}",
]


@pytest.mark.parametrize("place", list(odd_logs()))
def test_no_text_of_a_log_acts(show: Show, place: str) -> None:
    one = show(odd_logs()[place])
    for summary in one.page.locator("summary").all():
        summary.click()
    for numbers in one.page.locator("details.numbers").all():
        numbers.locator("table").first.wait_for()  # made when it is opened
    assert one.page.locator("main :is(script, img, svg, iframe, style, link, base)").count() == 0
    one.quiet()


def test_markup_is_shown_as_the_text_that_it_is(show: Show) -> None:
    everywhere = " ".join(MARKUP)
    log = meta_log(2, config={text: text for text in MARKUP})
    log += "".join(f"{text}\n" for text in MARKUP)
    runs = [metalog.read(io.BytesIO(log.encode()), name=f"{everywhere} {number}") for number in range(2)]
    one = show(metalog.RunSet({run.name: run for run in runs}))
    assert one.page.title() == "2 runs · metalog"
    assert everywhere in one.text("#section-overview h3")
    cells = one.page.locator(".configuration td").all_inner_texts()
    assert cells == MARKUP
    assert MARKUP[0] in one.text("#section-diagnostics")
    assert one.page.locator("main :is(script, img, svg, iframe, style, link, base)").count() == 0


@pytest.mark.parametrize("text", [*MARKUP, *TEXTS])
def test_a_name_is_text_in_the_file_itself(text: str) -> None:
    run = metalog.read(io.BytesIO(meta_log(1).encode()), name=text)
    page = run.report().page.decode()
    assert page.count("</title>") == 1
    assert page.count("<script>") == 1
    assert "alert(1)" not in page or "&lt;" in page.split("<title>")[1].split("</title>")[0] or "<" not in text
