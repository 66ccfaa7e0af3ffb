#!/bin/sh
# Checks that every source file is formatted as clang-format formats it, and prints the differences. It compares the output
# because `clang-format-14 --dry-run -Werror` refuses every `}  // namespace a::inline b`, which it would not change.
set -eu
cd "$(dirname "$0")/../.."
git ls-files --error-unmatch main.cpp >/dev/null  # without a list of files the check below could not fail
git ls-files -z --cached --others --exclude-standard '*.cpp' '*.h' |
  xargs -0 -P "$(nproc)" -n 16 sh -c 'for file; do clang-format-14 "$file" | diff -u "$file" - || failed=1; done; exit "${failed:-0}"' sh
echo "format: ok"
