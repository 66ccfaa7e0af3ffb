# For scripts that start programs: `. ../tools/watched.sh` gives the script a TMPDIR of its own, which is also what its
# programs must have as working directory, or one below it. `watched COMMAND...` runs one; `nothing_left` fails, and
# says what, when a process or a file is left behind. Whatever ends the script ends the rest.

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

# In the background, for a shell that waits for a foreground command does not hear signals.
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
