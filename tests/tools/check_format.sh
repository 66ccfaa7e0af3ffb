#!/bin/sh
# Checks that every source file is formatted as clang-format formats it.
set -eu
cd "$(dirname "$0")/../.."
git ls-files --error-unmatch main.cpp >/dev/null  # without a list of files the check below could not fail
git ls-files -z --cached --others --exclude-standard '*.cpp' '*.h' | xargs -0 clang-format-14 --dry-run -Werror
echo "format: ok"
