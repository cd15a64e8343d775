# Sourced by ./start, ./check and ./margay: brings the checkout to a state that runs, and puts its Node first in PATH.
# It does only what is missing, so a second run costs a few milliseconds. Expects $root, the checkout's folder.

# name of a command ▶ the Debian package that carries it
packages_by_command='nft:nftables ip:iproute2 conntrack:conntrack'

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 3; }

# setup_debian COMMAND:PACKAGE… installs the packages of commands that are missing.
setup_debian() {
  local missing='' pair
  for pair in "$@"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
  done
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || fail "needs root to install$missing (or install them yourself)"
  say "installing Debian packages:$missing"
  export DEBIAN_FRONTEND=noninteractive
  without_services apt_install $missing || fail "apt-get could not install$missing"
}

apt_install() {
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1 ||
    { apt-get update && apt-get install -y --no-install-recommends "$@"; } >&2
}

# Runs a command while no package may start a service of its own: only its programs are wanted.
without_services() {
  local policy=/usr/sbin/policy-rc.d
  [ ! -e "$policy" ] || { "$@"; return; }
  (
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    "$@"
  )
}

# A client of gRPC and Envoy's messages as others publish them, for tests of the wire format. Nothing of ours needs it.
setup_wire_client() {
  local wanted="$root/tests/e2e/authz-wire/requirements.txt" folder="$root/.margay/wire-client" python
  cmp -s "$wanted" "$folder/requirements.txt" && return 0
  python=$(command -v python3.11 || command -v python3) || fail 'python3 is missing: install Python 3.9 or newer with pip'
  say 'installing Python packages for tests of the wire format'
  rm -rf "$folder"
  "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --target "$folder" -r "$wanted" >&2 || fail 'pip could not install them'
  cp "$wanted" "$folder/requirements.txt"
}

# Node 24 comes from npm itself; the machine's own Node only has to run npm once.
setup_node_modules() {
  local stamp="$root/node_modules/.margay-lock" lock="$root/package-lock.json"
  cmp -s "$lock" "$stamp" && return 0
  command -v npm >/dev/null 2>&1 || fail 'npm is missing: install Node.js 20 or newer with npm'
  say 'installing npm packages (npm ci)'
  (cd "$root" && npm ci --no-audit --no-fund --loglevel=error >&2) || fail 'npm ci failed'
  cp "$lock" "$stamp"
}

# The bundle is what ./margay runs; it is built anew when a source is younger.
setup_bundle() {
  local bundle="$root/apps/cli/dist/margay.js"
  [ -e "$bundle" ] && [ -z "$(find "$root/packages" "$root/apps" "$root/scripts/bundle.ts" "$root/package-lock.json" \
    -name dist -prune -o -newer "$bundle" -type f \( -name '*.ts' -o -name 'package*.json' \) -print -quit)" ] && return 0
  say 'building'
  (cd "$root" && node scripts/bundle.ts >&2) || fail 'the build failed'
}

# Several calls at once wait for the first one to finish the job.
setup() {
  export PATH="$root/node_modules/.bin:$PATH:/usr/sbin:/sbin"
  mkdir -p "$root/.margay"
  exec 9>"$root/.margay/setup.lock"
  command -v flock >/dev/null 2>&1 && flock 9
  setup_node_modules
  setup_bundle
  exec 9>&-
}
