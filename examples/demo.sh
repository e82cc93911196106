#!/usr/bin/env bash
# The tour that `make demo` gives: index the sample crawl, then ask it things. Usage: demo.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
folder=$1
mkdir -p "$folder"
rm -rf "$folder/sample.naskh"

run() { # show a command as the user would type it, and run it
    printf '\n$ %s\n' "$*"
    "$@" 2>&1
}

echo "64 short articles of six made-up outlets: wire copy with edits, abridgements, text pasted twice, cables."
run naskh index "$folder/sample.naskh" examples/sample-crawl.jsonl
run naskh blocks examples/sample-crawl.jsonl
run naskh query "$folder/sample.naskh" --id nabaa-0004
run naskh pairs "$folder/sample.naskh" -o "$folder/pairs.jsonl" --min-containment 0.5
printf '\n$ head -2 %s\n' "$folder/pairs.jsonl"
head -2 "$folder/pairs.jsonl"
run naskh families "$folder/sample.naskh" -o "$folder/families.jsonl"

cat <<'TEXT'

What to try next:
  naskh blocks YOUR-ARTICLE.txt                            text pasted twice, before it is published
  naskh index YOUR.naskh YOUR-CRAWL.jsonl                  {"id", "text"} a line; .gz and .zst too
  naskh query YOUR.naskh YOUR-ARTICLE.txt --explain        who else carried it, how much of it, where, and why
  naskh families YOUR.naskh -o families.jsonl              who carried which story, and who had it first
  naskh --help
TEXT
