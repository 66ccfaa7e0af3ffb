#!/bin/bash
# Runs the steps of tests/examples/Containerfile as root without a container engine: the image is a folder with a read-only
# root and a writable volume, and the program runs as its user in a chroot with separate namespaces. Then it tests that
# users can sign in, that the health check passes, and that a restart keeps the volume. The argument is the static program
# that the Containerfile copies.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/../.."
recipe=tests/examples/Containerfile

refuse() {
  echo "container: $*" >&2
  exit 1
}
holds() { # holds CLAIM COMMAND...: the command succeeds
  local claim=$1
  shift
  "$@" || refuse "not true: $claim"
  echo "  container: $claim"
}

if [ "${2:-}" != inside ]; then
  [ "$(id -u)" = 0 ] || refuse "must be root, for chroot and mount"
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  env --default-signal=INT,TERM setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child --mount-proc \
    "$0" "$program" inside "$folder"
  exit
fi
folder=$3
root=$folder/root
volume=$folder/volume

# ---- The image ----------------------------------------------------------------------------------------------------------

# Prints the words of a JSON array such as ["a", "b"].
words() { python3 -c 'import json, sys; print("\n".join(json.loads(sys.argv[1])))' "$1"; }

copy() { # copy [--chown=UID:GID] [--chmod=MODE] SOURCE TARGET
  local owner=0:0 mode=""
  while [[ $1 == --* ]]; do
    case $1 in
      --chown=*) owner=${1#*=} ;;
      --chmod=*) mode=${1#*=} ;;
      *) refuse "$recipe: COPY $1 is not understood" ;;
    esac
    shift
  done
  local source=$1 target=$root$2
  [ "$source" != build-header-only/auth-server-static ] || source=$program
  mkdir -p "$(dirname "$target")"
  if [ -d "$source" ]; then
    mkdir -p "$target"
    cp -r "$source"/. "$target"
  else
    cp "$source" "$target"
  fi
  chown -R "$owner" "$target"
  [ -z "$mode" ] || chmod "$mode" "$target"
}

mkdir -m 755 "$root"
umask 022
while read -r instruction rest; do
  case $instruction in
    "" | "#"* | EXPOSE) ;;
    FROM) [ "$rest" = scratch ] || refuse "$recipe: the image is not made from scratch" ;;
    COPY) copy $rest ;;
    VOLUME) volume_at=$rest ;;
    WORKDIR) directory=$rest ;;
    USER) user=$rest ;;
    HEALTHCHECK) mapfile -t health < <(words "${rest#*CMD }") ;;
    ENTRYPOINT) mapfile -t entry < <(words "$rest") ;;
    *) refuse "$recipe: $instruction is not understood" ;;
  esac
done <$recipe

holds "the image consists of the program and its configuration" \
  test "$(cd "$root" && find . -type f | sort | tr '\n' ' ')" = "./auth-server ./var/lib/auth-server/auth.conf "

# ---- Running it ---------------------------------------------------------------------------------------------------------

# As in a container engine, a new volume contains the files of the image, /proc and /dev exist, and the root is read-only.
mkdir "$root/proc" "$root/dev"
touch "$root/dev/null"
cp -a "$root$volume_at" "$volume"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind "$volume" "$root$volume_at"
mount -t proc proc "$root/proc"
mount --bind /dev/null "$root/dev/null"
ip link set lo up

within() { env -i unshare --root="$root" --wd="$directory" --setuid="${user%:*}" --setgid="${user#*:}" "$@"; }
is_healthy() { within "${health[@]}" >"$folder/health.log" 2>&1; }
start() {
  within "${entry[@]}" >"$folder/log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    ! is_healthy || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$folder/log" "$folder/health.log"
  return 1
}
stop() { kill -TERM "$server" && wait "$server"; }
post() {
  curl -sS --fail-with-body "http://127.0.0.1:8080/api/auth/$1" -H 'Content-Type: application/json' \
    -d '{"email": "ada@example.org", "password": "correct horse battery", "delivery": "body"}' | grep -q '"accessToken"'
}
fails() { ! "$@"; }

holds "the health check fails while nothing runs" fails is_healthy
holds "the program starts without any other file, and the health check passes" start
holds "it runs as the user of the image" grep -q "^Uid:	${user%:*}	" "/proc/$server/status"
holds "people register" post register
holds "people sign in" post login
holds "commands work inside" sh -c 'test "$0" = "$1"' "$(within "${entry[@]}" user list --json | grep -c ada@example.org)" 1
holds "it stops cleanly" stop
holds "the health check fails again" fails is_healthy
holds "it starts again on the same volume" start
holds "people sign in as before" post login
holds "it stops cleanly again" stop
