"""What the documents say is so: paths exist, the transcript is what the demo prints, the known answers hold."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT
from naskh import Settings, normalize
from naskh.sketch.reference import sketch_text


@pytest.mark.parametrize(
    "document",
    ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/format.md", "docs/editors.md", "docs/report.md"],
)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    named = re.findall(r"`((?:src|tests|docs|examples|benchmarks)/[\w./-]*)`", text)
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [link for link in linked if not ((ROOT / document).parent / link).exists()]
    assert missing == []


def settled(transcript: str) -> list[str]:
    """The lines of a transcript without what differs from run to run: seconds and rates."""
    lines = [re.sub(r"[\d.,]+ s\b|[\d,]+ articles/s", "#", line).rstrip() for line in transcript.splitlines()]
    return [line for line in lines if line]


def test_the_readme_opens_with_what_the_demo_prints(tmp_path: Path) -> None:
    (transcript,) = re.findall(r"```console\n\$ make demo\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    command = ["bash", str(ROOT / "examples" / "demo.sh"), str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    printed = done.stdout.replace(str(tmp_path / "demo"), "demo")
    assert settled(transcript) == settled(printed)


def test_the_known_answers_of_the_format_hold() -> None:
    text = (ROOT / "docs" / "format.md").read_text()
    (article,) = re.findall(r"for the text `(.+?)`:", text)
    answers = dict(re.findall(r"^\| (.+?) \| (`.+`) \|$", text[text.index("## Known answers") :], re.MULTILINE))
    sketch = sketch_text(article, Settings())
    written = {
        "folded": [normalize(article)],
        "shingle hashes": [f"{value:08x}" for value in sketch.shingles],
        "signature, first four": [f"{value:08x}" for value in sketch.signatures[0, :4]],
        "band keys, first three": [f"{value:08x}" for value in sketch.band_keys[0, :3]],
        "FracMinHash": [f"{value:08x}" for value in sketch.frac],
    }
    assert answers == {name: ", ".join(f"`{value}`" for value in values) for name, values in written.items()}
