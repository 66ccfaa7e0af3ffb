#!/bin/sh
# Runs the fuzz targets in the folder FUZZERS, one per core at a time, for FUZZ_SECONDS (20) each. Arguments select targets
# by name ("framing json"). Prints one line for each target without findings, otherwise its report; the input is then in
# FUZZERS/findings. FUZZ_CORPUS=DIRECTORY keeps the corpus for the next run.
set -eu
: "${FUZZERS:?must name the folder of the fuzz targets}"
FUZZERS=$(realpath "$FUZZERS")
FUZZ_SECONDS=${FUZZ_SECONDS:-20}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
trap 'exit 130' INT TERM
corpus=$(realpath -m "${FUZZ_CORPUS:-$logs/corpus}")
cd "$(dirname "$0")"
mkdir -p "$FUZZERS/findings"
export FUZZERS FUZZ_SECONDS logs corpus

[ $# -gt 0 ] || set -- $(ls -- *_fuzz.cpp | sed 's/_fuzz\.cpp$//')
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} sh -c '
  target=$1
  mkdir -p "$corpus/$target"
  dictionary=""
  [ ! -f "$target.dict" ] || dictionary="-dict=$target.dict"
  if "$FUZZERS/${target}_fuzz" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
      -artifact_prefix="$FUZZERS/findings/$target-" $dictionary "$corpus/$target" "seeds/$target" >"$logs/$target" 2>&1
  then
    echo "$target: $(sed -n "s/^stat::number_of_executed_units: *//p" "$logs/$target") executions in $FUZZ_SECONDS s," \
      "$(sed -nE "s/.* cov: ([0-9]+) .*/\1/p" "$logs/$target" | tail -1) edges reached, no finding"
  else
    grep -avE "^#[0-9]+|NEW_FUNC|^INFO" "$logs/$target" | tail -n 60
    echo "$target: a finding; the input is in $FUZZERS/findings"
    exit 1
  fi' fuzz {}
