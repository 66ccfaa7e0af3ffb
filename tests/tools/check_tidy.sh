#!/bin/sh
# clang-tidy on the sources that differ from the last published state (all of them with TIDY=all).
set -eu
cd "$(dirname "$0")/../.."
base=${TIDY_BASE:-$(git rev-parse -q --verify origin/main || git rev-parse -q --verify HEAD~1 || git rev-parse HEAD)}
if [ "${TIDY:-changed}" = all ]; then
  files=$(git ls-files 'engine/*.cpp' 'store/*.cpp' 'web/*.cpp' main.cpp)
else
  files=$(git diff --name-only --diff-filter=d "$base" -- 'engine/*.cpp' 'store/*.cpp' 'web/*.cpp' main.cpp)
fi
[ -z "$files" ] || echo "$files" | xargs -P "$(nproc)" -n 4 sh -c 'clang-tidy-14 --quiet "$@" -- '"$FLAGS"' 2>/dev/null' tidy
echo "clang-tidy: ok"
