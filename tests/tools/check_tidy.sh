#!/bin/sh
# Runs clang-tidy: `check_tidy.sh all` on the whole tree, `check_tidy.sh changed` on the files of the last commits, the
# latest first and for at most TIDY_SECONDS (240). It names the files for which there is no time; `make tidy` checks
# them.
#
# The last commits are those that origin/main does not have, and what is not committed yet. If there are none, as on a
# clean checkout of the published state, they are those of the merge at the tip, or else of the last seven days before
# the tip. FLAGS are for the compiler, KEPT is the folder for passed results, VERSIONS names the libraries.
set -eu
cd "$(dirname "$0")/../.."
: "${KEPT:?}" "${FLAGS:?}" "${VERSIONS:?}"

all() { tests/tools/sources.sh '*.cpp' ':!tests'; }

base_of_last_commits() {
  published=$(git rev-parse -q --verify origin/main || git rev-parse HEAD)
  base=$(git merge-base "$published" HEAD 2>/dev/null || echo "$published")
  if [ "$base" != "$(git rev-parse HEAD)" ] || [ -n "$(git status --porcelain)" ]; then
    echo "$base"
  elif git rev-parse -q --verify 'HEAD^2' >/dev/null; then
    git rev-parse 'HEAD^1'
  else
    week=$((7 * 24 * 3600))
    before=$(git rev-list -1 --before="$(($(git log -1 --format=%ct) - week))" HEAD)
    echo "$before" # empty if the history is shorter than a week: then all of it counts
  fi
}

# The paths that changed, the latest first.
changed_paths() {
  git diff --name-only HEAD
  git ls-files --others --exclude-standard
  git log --format= --name-only ${1:+"$1.."}HEAD
}

# A header is checked through its own source, or through one that includes it.
changed() {
  changed_paths "$(base_of_last_commits)" | awk '!seen[$0]++' | grep -E '\.(cpp|h)$' | grep -v '^tests/' |
    while read -r path; do
      [ -f "$path" ] || continue
      case "$path" in
        *.cpp) echo "$path" ;;
        *.h) [ -f "${path%.h}.cpp" ] && echo "${path%.h}.cpp" || grep -lF "#include \"$path\"" $(all) | head -n 1 ;;
      esac
    done | awk '!seen[$0]++'
}

case "${1:-}" in
  all) files=$(all) seconds=1000000 ;;
  changed) files=$(changed) seconds=${TIDY_SECONDS:-240} ;;
  *) echo "usage: check_tidy.sh all|changed" >&2 && exit 2 ;;
esac
eval "set -- $FLAGS"
echo "$files" | tests/tools/each_source.py --kept "$KEPT" --also "$VERSIONS" --seconds "$seconds" -- \
  clang-tidy-14 --quiet {} -- "$@"
