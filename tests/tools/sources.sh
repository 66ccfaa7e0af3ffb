#!/bin/sh
# Prints the files of this checkout that match the patterns: new ones are among them, deleted ones are not. Fails when there
# are none: a check of nothing would be a check that cannot fail.
set -eu
cd "$(dirname "$0")/../.."
files=$(git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
[ -n "$files" ] || { echo "no files match $*" >&2; exit 1; }
echo "$files"
