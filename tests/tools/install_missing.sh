#!/bin/sh
# Installs those of the named Debian packages that are not there. Asks nobody where all are.
set -eu
missing=""
for package in "$@"; do
  case "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)" in
    ii*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then root=""; else root=sudo; fi
echo "installing:$missing"
$root apt-get update -q
$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
