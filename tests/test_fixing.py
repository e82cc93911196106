"""Articles without their repeats: what is taken out, what stays, and how `naskh blocks --fix` says so."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from arabic import texts
from conftest import ROOT, SAMPLE, shared
from naskh import normalize, repeated_blocks, without_repeats
from naskh.cli import cli
from naskh.matching.fixing import fix
from naskh.text.cutting import Kept
from test_blocks import HOSTILE, LINED, PASTED, A, B, C, D, E, F, G, articles_of_pieces, sentences, vocalised


def words(text: str) -> list[str]:
    return normalize(text).split()


WHOLE = {
    "two paragraphs pasted at the end": ([A, B, C, A, B], [A, B, C]),
    "in another spelling": ([A, B, vocalised(A), C], [A, B, C]),
    "three times": ([A, B, A, C, A], [A, B, C]),
    "at once after": ([A, A, B, B, C], [A, B, C]),
    "as one line": ([*PASTED, E, LINED], [*PASTED, E]),
    "one line, then a line each": ([LINED, E, *PASTED, F], [LINED, E, F]),
    "another extent each time": ([B, C, D, A, B, C, E, B, C, D], [B, C, D, A, E]),
    "two by turns": ([A, B, A, B, A, B], [A, B]),
    "between separators": (["***", A, "***", B, "***", A, "***"], ["***", A, "***", B, "***"]),
    "brought together by what is taken out": ([A, B, C, D, A, C, E, B, C], [A, B, C, D, E]),
}


@pytest.mark.parametrize("end", ["\n", "\n\n", "\r\n", " \n \n"], ids=["", "blank lines", "CR LF", "blanks"])
@pytest.mark.parametrize(("lines", "left"), WHOLE.values(), ids=WHOLE)
def test_of_paragraphs_that_stand_again_the_first_stay(lines: list[str], left: list[str], end: str) -> None:
    assert without_repeats(end.join(lines)) == end.join(left)
    assert without_repeats(end.join(lines) + end) == end.join(left) + end


QUOTED = f"قال: «{A}. {F}»"
INSIDE = {
    "in the middle": (f"{E}. {A}. {F}.", f"{E}. {F}."),
    "at the beginning": (f"{A}. {F}.", f"{F}."),
    "at the end": (f"{E}. {A}.", f"{E}."),
    "with its own quote marks": (f"{E}. «{A}». {F}.", f"{E}. {F}."),
    "the beginning of what is quoted": (f"{E} قال: «{A}. {F}»", f"{E} قال: «{F}»"),
    "the end of what is quoted": (f"{E} قال: «{F}، {A}» {G}", f"{E} قال: «{F}،» {G}"),
    "the beginning of what is in straight quotes": (f'{E} قال: "{A}. {F}"', f'{E} قال: "{F}"'),
    "the end of what is in straight quotes": (f'{E} قال: "{F}، {A}" {G}', f'{E} قال: "{F}،" {G}'),
    "over a line break": (f"{E}. {A.replace(' اليوم ', f'{chr(10)}اليوم ')} {F}.", f"{E}.\n{F}."),
    "between marks without a blank": (f"{E}،{A}،{F}", f"{E}،{F}"),
}


@pytest.mark.parametrize(("line", "left"), INSIDE.values(), ids=INSIDE)
def test_out_of_a_paragraph_go_the_repeated_words_with_what_is_written_onto_them(line: str, left: str) -> None:
    assert without_repeats(f"{A}\n{B}\n{line}\n{C}") == f"{A}\n{B}\n{left}\n{C}"


NEAR = A.replace("مطلع", "نهاية")


def test_a_near_repeat_stays_unless_it_is_asked_for() -> None:
    text = "\n".join([A, B, NEAR, C])
    assert without_repeats(text) == text
    assert without_repeats(text, similar=True) == "\n".join([A, B, C])


def test_of_a_block_with_exact_and_near_occurrences_the_exact_ones_go() -> None:
    fixed = fix("\n".join([A, B, NEAR, C, A, D, NEAR]))
    assert fixed.text == "\n".join([A, B, NEAR, C, D])
    assert [(repeat.span.paragraphs, repeat.first.paragraphs) for repeat in fixed.removed] == [
        ((5, 5), (1, 1)),
        ((7, 7), (3, 3)),
    ]
    assert [(repeat.span.paragraphs, repeat.first.paragraphs) for repeat in fixed.kept] == [((3, 3), (1, 1))]
    assert not fixed.kept[0].exact
    assert 0.6 < fixed.kept[0].similarity < 1.0


def test_what_went_and_what_it_repeats_are_named_by_their_places_in_the_text_as_given() -> None:
    text = "\n\n".join([A, B, C, D, A, C, E, B, C])
    for repeat in fix(text).removed:
        assert repeat.exact
        assert words(text[slice(*repeat.span.chars)]) == words(text[slice(*repeat.first.chars)])
        assert repeat.first.chars[1] <= repeat.span.chars[0]


def test_the_article_that_naskh_was_made_for_is_mended() -> None:
    text = shared("seed-article.txt").read_text(encoding="utf-8")
    lines = text.split("\n")
    assert without_repeats(text) == "\n".join([*lines[:4], *lines[7:11], *lines[14:]])


@pytest.mark.parametrize("text", ["", "\n", "كلمة", "\ud800\n\ud800", "\n".join([A, B, C])])
def test_a_text_of_no_repeats_is_returned_as_it_is(text: str) -> None:
    assert without_repeats(text) is text


@pytest.mark.parametrize("name", ["stock lines", "a sentence over and over in one paragraph"])
def test_hostile_articles_are_fixed_in_seconds(name: str) -> None:
    started = time.process_time()
    without_repeats(HOSTILE[name])
    assert time.process_time() - started < 20


pieces = st.sampled_from(
    [*sentences("ر", 4), *(s.replace("رببل", "رشيء") for s in sentences("ر", 2)), "قال إن", "ر"]
)
seams = st.sampled_from([" ", "\n", "\n\n", "، ", " «", "» ", '"', " (", ")\n"])


def holds(text: str, *, similar: bool) -> None:
    """What is true of any fixed text."""
    fixed = without_repeats(text, similar=similar)
    assert without_repeats(fixed, similar=similar) == fixed
    left = repeated_blocks(fixed)
    assert left == () if similar else not any(block.exact for block in left)
    rest = iter(text)
    assert all(char in rest for char in fixed)
    if not similar:
        assert set(words(fixed)) == set(words(text))


@given(articles_of_pieces(pieces, seams), st.booleans())
@settings(max_examples=400, deadline=None)
def test_a_fixed_article_has_no_repeats_loses_no_words_and_is_not_changed_again(text: str, similar: bool) -> None:
    holds(text, similar=similar)


@given(texts(), st.sampled_from(["\n", " ", " » "]))
@settings(max_examples=100, deadline=None)
def test_that_is_so_of_hostile_text(text: str, seam: str) -> None:
    holds(text + seam + text, similar=False)


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=4))
def test_places_in_what_is_left_are_known_in_the_text_as_given(text: str, cuts: list[tuple[int, int]]) -> None:
    kept, plain = Kept(text), list(enumerate(text))
    for start, length in cuts:
        part = start, min(start + length, len(plain))
        if part[0] < part[1]:
            kept.cut([part])
            del plain[slice(*part)]
        assert kept.text == "".join(char for _, char in plain)
        assert [kept.given((place, place + 1))[0] for place in range(len(plain))] == [place for place, _ in plain]


# --- the command -----------------------------------------------------------------------------------------------


class Done(NamedTuple):
    status: int
    out: bytes
    err: str


def blocks(*arguments: str | Path, stdin: bytes | None = None) -> Done:
    done = CliRunner().invoke(cli, ["blocks", *map(str, arguments)], input=stdin)
    return Done(done.exit_code, done.stdout_bytes, done.stderr)


def test_a_text_is_written_as_a_text_and_the_source_stays_as_it_is(tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_bytes(f"{A}\r\n{B}\r\n{A}\r\n".encode())
    done = blocks("--fix", article)
    assert (done.status, done.out) == (0, f"{A}\r\n{B}\r\n".encode())
    assert article.read_bytes() == f"{A}\r\n{B}\r\n{A}\r\n".encode()
    assert done.err.splitlines()[0] == "article.txt: ¶3 removed: the same words as ¶1"
    assert done.err.splitlines()[-1] == "1 of 1 article fixed: 1 repeat removed, 0 kept"


def test_a_text_on_standard_input_is_fixed() -> None:
    assert blocks("--fix", "-", stdin=f"{A}\n{B}\n{A}".encode()).out == f"{A}\n{B}".encode()


def test_json_lines_keep_their_other_fields_as_they_are_written(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    doubled, once = json.dumps(f"{A}\n{A}"), json.dumps(A)
    sound = '{"id": "b", "body": "خبر", "n": 1.50}'
    source.write_text('{"x": [1e2, {"y":null}], "body": ' + doubled + ', "id":7, "z":"ا"}\n' + sound + "\n")
    done = blocks("--fix", "--map", "text=body", source)
    first, second = done.out.decode().splitlines()
    assert first == '{"x":[1e2, {"y":null}],"body":' + json.dumps(A, ensure_ascii=False) + ',"id":7,"z":"ا"}'
    assert json.loads(first)["body"] == json.loads(once)
    assert second == sound


def test_the_sample_is_fixed_as_its_truth_says() -> None:
    done = blocks("--fix", SAMPLE)
    given_lines, fixed = SAMPLE.read_text("utf-8").splitlines(), done.out.decode().splitlines()
    changed = [json.loads(a)["id"] for a, b in zip(given_lines, fixed, strict=True) if a != b]
    assert changed == ["alsahifa-0002", "alsham-0006", "almaghreb24-0006", "annil-0011"]
    assert done.err.splitlines()[-1] == "4 of 64 articles fixed: 6 repeats removed, 0 kept"
    again = blocks("--fix", "-", stdin=done.out)
    assert again.out == done.out


def test_what_is_kept_and_what_words_are_lost_is_said(tmp_path: Path) -> None:
    article = tmp_path / "a.txt"
    article.write_text(f"{A}\n{B}\n{NEAR}\n{E}. {B}. {C}.", encoding="utf-8")
    kept, similar = blocks("--fix", article), blocks("--fix-similar", article)
    assert "a.txt: part of ¶4 removed: the same words as ¶2" in kept.err
    assert "a.txt: ¶3 kept: 62% like ¶1, not the same words; --fix-similar removes it" in kept.err
    assert "a.txt: ¶3 removed: 62% like ¶1" in similar.err
    assert "    stands nowhere else: نهاية" in similar.err
    assert similar.out.decode() == f"{A}\n{B}\n{E}. {C}."


def test_several_texts_are_fixed_to_json_lines_only(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"{A}\n{A}", encoding="utf-8")
    assert blocks("--fix", tmp_path).status == 2
    assert "several texts" in blocks("--fix", tmp_path).err
    lines = [json.loads(line) for line in blocks("--fix", "--json", tmp_path).out.splitlines()]
    assert lines == [{"id": "a.txt", "text": A}, {"id": "b.txt", "text": A}]


def test_nothing_is_written_in_place_and_nothing_without_fix(tmp_path: Path) -> None:
    article = tmp_path / "a.txt"
    article.write_text(A, encoding="utf-8")
    assert "nothing is written in place" in blocks("--fix", tmp_path, "-o", article).err
    assert "--output is for --fix" in blocks(article, "-o", tmp_path / "b.txt").err
    assert blocks("--fix", article, "-o", tmp_path / "b.txt").out == b""
    assert (tmp_path / "b.txt").read_text("utf-8") == article.read_text("utf-8") == A
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_bad_lines_are_rejected_and_the_others_fixed() -> None:
    line = json.dumps({"id": "a", "text": f"{A}\n{A}"})
    done = blocks("--fix", "-", stdin=f"{line}\n{{}}\n".encode())
    assert (done.status, len(done.out.splitlines())) == (1, 1)
    assert "no field 'text'" in done.err


# --- the hook of docs/editors.md ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of the documentation, with this naskh on the path."""
    (script,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "editors.md").read_text("utf-8"), re.DOTALL)
    folder = tmp_path_factory.mktemp("hook")
    hook, command = folder / "pre-publish", folder / "naskh"
    hook.write_text(script, encoding="utf-8")
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from naskh.cli import main; main()" "$@"\n')
    command.chmod(0o755)
    hook.chmod(0o755)
    return hook


@pytest.mark.parametrize(
    ("text", "status", "proposed"),
    [(f"{A}\n{B}\n", 0, None), (f"{A}\n{B}\n{A}\n", 1, f"{A}\n{B}\n"), (f"{A}\n{NEAR}\n", 1, f"{A}\n{NEAR}\n")],
)
def test_the_documented_hook_lets_pass_what_says_nothing_twice(
    hook: Path, tmp_path: Path, text: str, status: int, proposed: str | None
) -> None:
    draft, proposal = tmp_path / "draft.txt", tmp_path / "draft.txt.proposed"
    draft.write_text(text, encoding="utf-8")
    path = f"{hook.parent}:{os.environ['PATH']}"
    done = subprocess.run([hook, draft], env={**os.environ, "PATH": path}, capture_output=True, check=False)
    assert done.returncode == status
    assert (proposal.read_text("utf-8") if proposal.exists() else None) == proposed
    missing = subprocess.run([hook, tmp_path / "no.txt"], env={**os.environ, "PATH": path}, capture_output=True)
    assert missing.returncode == 2
