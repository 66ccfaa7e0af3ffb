# For scripts that start programs: `. ../tools/watched.sh` sets TMPDIR to a new directory, in or below which the
# programs must have their working directory. `watched COMMAND...` runs a program; `nothing_left` fails, and prints what
# is left, if a process or a file is left behind. When the script ends, for whatever reason, all its programs are ended
# too.

TMPDIR=$(mktemp -d)
chmod 711 "$TMPDIR" # some tests run a program as another user
export TMPDIR

processes_below() {
  for entry in /proc/[0-9]*; do
    case "$(readlink "$entry/cwd" 2>/dev/null)" in
      "$TMPDIR"*) echo "${entry#/proc/}" ;;
    esac
  done
}

runner=""
end_all() {
  if [ -n "$runner" ]; then
    kill "$runner" 2>/dev/null || true
    wait "$runner" || true
  fi
  left=$(processes_below)
  [ -z "$left" ] || kill -9 $left 2>/dev/null || true
  rm -rf "$TMPDIR"
}
trap end_all EXIT
trap 'exit 130' INT TERM

# In the background, because a shell that waits for a foreground command does not handle signals.
watched() {
  outcome=0
  "$@" &
  runner=$!
  wait "$runner" || outcome=$?
  runner=""
  return "$outcome"
}

nothing_left() {
  outcome=0
  left=$(processes_below)
  if [ -n "$left" ]; then
    echo "FAIL  processes were left behind:" $left
    outcome=1
  fi
  if [ -n "$(ls -A "$TMPDIR")" ]; then
    echo "FAIL  files were left behind:" "$(ls -A "$TMPDIR")"
    outcome=1
  fi
  return "$outcome"
}
