#!/usr/bin/env bash
# Build sdist and wheel, look into them, install the wheel where nothing else of ours is, and try it.
# Usage: packaging/check.sh [--suite]     --suite also runs the tests of the sdist against the installed wheel
# PYTHON names another Python than python3 to install it for.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PYTHONPATH # what is installed is what is tried
work=build/package
rm -rf "$work" dist
mkdir -p "$work"
pip=(-m pip install --quiet --disable-pip-version-check)

echo "Building ..."
.venv/bin/python -m build --outdir dist . > "$work/build.log" 2>&1 || { tail -20 "$work/build.log" >&2; exit 1; }
.venv/bin/python packaging/contents.py dist
.venv/bin/check-wheel-contents dist/naskh-*.whl
if [ -x .venv/bin/twine ]; then
    .venv/bin/twine check --strict dist/*
fi

echo "The wheel alone ..."
"${PYTHON:-python3}" -m venv "$work/venv"
python="$PWD/$work/venv/bin/python"
naskh="$PWD/$work/venv/bin/naskh"
"$python" "${pip[@]}" dist/naskh-*.whl
sample="$PWD/examples/sample-crawl.jsonl"
(
    cd "$work" # away from the sources, so that the wheel is what is imported
    "$naskh" --version
    "$naskh" index wheel.naskh "$sample"
    "$naskh" query wheel.naskh --json --id nabaa-0004 | grep -q alsham-0002
    "$naskh" signatures wheel.naskh -o signatures.parquet
    ("$naskh" report wheel.naskh -o report.html 2>&1 || true) | grep -q "naskh\[report\]" # the extra is named
)

echo "The wheel with its extras ..."
wheel=(dist/naskh-*.whl)
"$python" "${pip[@]}" "${wheel[0]}[serve,report]"
(
    cd "$work"
    : > empty.jsonl
    "$naskh" index empty.naskh empty.jsonl
    "$naskh" report empty.naskh -o report.html # of nothing: the kernels of a whole comparison take a minute to compile
    grep -q "Chart.js" report.html # the vendored library is in the wheel
    # Starting the server compiles the kernels of queries for half a minute; that its files are there needs less.
    "$python" - <<'PYTHON'
from naskh.report.templating import environment_of
from naskh.web.app import create_app
from naskh.web.assets import ASSETS

assert callable(create_app) and "naskh.css" in ASSETS
for name in environment_of("naskh.web").list_templates():
    environment_of("naskh.web").get_template(name)
PYTHON
)

if [ "${1:-}" = --suite ]; then
    echo "The tests of the sdist against the wheel ..."
    "$python" "${pip[@]}" "${wheel[0]}[dev,docs,bench,serve,report]"
    "$python" -m naskh.sketch.warm # as `make setup` does: tests have limits of time
    tar -xzf dist/naskh-*.tar.gz -C "$work"
    tests=("$work"/naskh-*/)
    export PATH="$PWD/$work/venv/bin:$PATH" # examples/demo.sh runs what is found there
    (cd "${tests[0]}" && python -m pytest -n auto)
fi
