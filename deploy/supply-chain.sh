#!/usr/bin/env bash
# What the exporter is made of, from its lock file `requirements/exporter.txt`.
#
#   deploy/supply-chain.sh sbom FILE     the bill of materials, CycloneDX 1.6 as JSON; needs no network
#   deploy/supply-chain.sh audit [FLAG…] known weaknesses; asks a service on the internet about each package
#
# Further flags of `audit` go to pip-audit, such as `--vulnerability-service osv`.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly BIN=${BIN:-.venv/bin} LOCK=requirements/exporter.txt

case ${1:-} in
  sbom)
    [ $# = 2 ] || { echo "usage: deploy/supply-chain.sh sbom FILE" >&2; exit 2; }
    # A lock file has no tree: which package needs which is not said, and the tool warns of that.
    PYTHONWARNINGS=ignore "$BIN/cyclonedx-py" requirements --pyproject pyproject.toml --mc-type application \
      --spec-version 1.6 --output-format JSON --output-reproducible --output-file "$2" "$LOCK"
    ;;
  audit)
    # Strict: a package that the service does not know is an error, else nothing asked would be nothing found.
    exec "$BIN/pip-audit" --requirement "$LOCK" --disable-pip --require-hashes --strict \
      --progress-spinner off --desc on "${@:2}"
    ;;
  *)
    echo "usage: deploy/supply-chain.sh sbom FILE | audit [FLAG…]" >&2
    exit 2
    ;;
esac
