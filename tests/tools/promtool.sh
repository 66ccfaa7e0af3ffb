#!/bin/sh
# Prints the path of promtool: the installed one, or else one that it unpacks below the directory $1. Debian has it in
# the package of the Prometheus server, which this script does not install, because that would start the server.
set -eu
if command -v promtool; then exit 0; fi
tools=$1/tools
if ! [ -x "$tools/promtool" ]; then
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  chmod 755 "$unpacked"
  cd "$unpacked"
  if [ "$(id -u)" = 0 ]; then root=""; else root=sudo; fi
  apt-get download -q prometheus >&2 || { $root apt-get update -q >&2 && apt-get download -q prometheus >&2; }
  dpkg -x prometheus_*.deb .
  mkdir -p "$tools"
  mv "$unpacked/usr/bin/promtool" "$tools/promtool"
fi
echo "$tools/promtool"
