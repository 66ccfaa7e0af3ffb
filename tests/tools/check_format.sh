#!/bin/sh
# Every source file stands as clang-format would write it.
set -eu
cd "$(dirname "$0")/../.."
git ls-files --error-unmatch main.cpp >/dev/null  # a list that cannot be made would be a check that cannot fail
git ls-files -z --cached --others --exclude-standard '*.cpp' '*.h' | xargs -0 clang-format-14 --dry-run -Werror
echo "format: ok"
