#!/bin/sh
# Finds the named Debian packages that are missing: `packages.sh require NAME...` prints them and fails, `packages.sh
# install NAME...` installs them. Both do nothing if all are installed, or if DEPS is "skip". On a system without dpkg both
# look for what the packages contain instead, with CXX and CPPFLAGS, and print what is missing and fail.
set -eu
what=$1
shift
[ "${DEPS:-}" != skip ] || exit 0

if ! command -v dpkg-query >/dev/null; then
  compiler=${CXX:-g++}
  programs="" headers=""
  for package in "$@"; do
    case "$package" in
      g++) programs="$programs ${compiler%% *}" ;;
      make | pkg-config) programs="$programs $package" ;;
      libcpp-httplib-dev) headers="$headers httplib.h" ;;
      libsqlitecpp-dev) headers="$headers SQLiteCpp/SQLiteCpp.h" ;;
      libsqlite3-dev) headers="$headers sqlite3.h" ;;
      picojson-dev) headers="$headers picojson.h" ;;
      libssl-dev) headers="$headers openssl/ssl.h" ;;
      libcrypt-dev) headers="$headers crypt.h" ;;
      libcli11-dev) headers="$headers CLI/CLI.hpp" ;;
    esac
  done
  missing=""
  for program in $programs; do
    command -v "$program" >/dev/null || missing="$missing $program"
  done
  # shellcheck disable=SC2086
  missing="$missing $(for header in $headers; do
    printf '#if !__has_include(<%s>)\n"%s"\n#endif\n' "$header" "$header"
  done | $compiler -std=c++20 ${CPPFLAGS:-} -E -P -x c++ - 2>/dev/null | tr -d '"' | tr '\n' ' ' || true)"
  [ -n "$(echo $missing)" ] || exit 0
  {
    printf 'missing: %s\n' $missing
    echo "This system has no dpkg: install these by other means. Those outside the compiler's folders it finds with"
    echo "CPPFLAGS=-I... LDFLAGS=-L...; DEPS=skip builds without this look."
  } >&2
  exit 1
fi

missing=""
for package in "$@"; do
  case "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)" in
    ii*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

if [ "$what" = require ]; then
  {
    printf 'missing: %s\n' $missing
    echo "To install:"
    echo "  sudo apt-get update && sudo apt-get install --no-install-recommends$missing"
    echo "If they are there but not as packages, DEPS=skip builds all the same."
  } >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then root=""; else root=sudo; fi
served=$(systemctl is-active caddy.service 2>/dev/null || true)
echo "installing:$missing"
$root apt-get update -q
$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing

# Debian's caddy starts a service on port 80, which the tests do not need: they start caddy themselves, on any free
# port.
if [ "$served" != active ] && [ -d /run/systemd/system ]; then
  case "$missing " in
    *" caddy "*) $root systemctl disable --now caddy.service ;;
  esac
fi
