#!/bin/sh
# Prints the files of this checkout that match the patterns, including new ones and without deleted ones. Fails if there
# are none, since a check of no files could not fail.
set -eu
cd "$(dirname "$0")/../.."
files=$(git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
[ -n "$files" ] || { echo "no files match $*" >&2; exit 1; }
echo "$files"
