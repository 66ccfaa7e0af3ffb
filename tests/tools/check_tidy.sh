#!/bin/sh
# clang-tidy on the sources that differ from the last published state; on a clean checkout of that, on those that the last
# commits changed. All of them with TIDY=all (minutes), those since another commit with TIDY_BASE=COMMIT.
set -eu
cd "$(dirname "$0")/../.."
latest=8   # commits
most=8    # files

changed_since() {
  git diff --name-only --diff-filter=d "$1" -- 'engine/*.cpp' 'store/*.cpp' 'web/*.cpp' main.cpp wiping_delete.cpp
}
if [ "${TIDY:-changed}" = all ]; then
  files=$(git ls-files 'engine/*.cpp' 'store/*.cpp' 'web/*.cpp' main.cpp wiping_delete.cpp)
elif [ -n "${TIDY_BASE:-}" ]; then
  files=$(changed_since "$TIDY_BASE")
else
  files=$(changed_since "$(git rev-parse -q --verify origin/main || git rev-parse HEAD)")
  [ -n "$files" ] || files=$(changed_since "$(git rev-list -n "$((latest + 1))" HEAD | tail -1)" | head -n "$most")
fi
[ -z "$files" ] || echo "$files" | xargs -P "$(nproc)" -n 4 sh -c 'clang-tidy-14 --quiet "$@" -- '"$FLAGS"' 2>/dev/null' tidy
echo "clang-tidy: ok, $(echo "$files" | grep -c . || true) files"
