#!/usr/bin/env bash
# Draw docs/picture.svg: what `make demo` shows on a real terminal. Run from the repository: bash scripts/pictures.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-.venv/bin/python}" -m scripts.picture docs/picture.svg "${LINES_SHOWN:-1-62}" -- "${PYTHON:-.venv/bin/python}" -m demo --nights 1 "$folder/demo-watch"
