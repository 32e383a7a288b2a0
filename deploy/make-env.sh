#!/usr/bin/env bash
# Writes .env for docker-compose.yaml, with random secrets; an existing one stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -e .env ]; then
  echo ".env is there already; delete it first to get new secrets" >&2
  exit 0
fi
secret() { python3 -c 'import secrets; print(secrets.token_urlsafe(24))'; }
fernet() { python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'; }
umask 077
cat >.env <<EOF
POSTGRES_PASSWORD=$(secret)
WINDSOCK_DB_PASSWORD=$(secret)
AIRFLOW_FERNET_KEY=$(fernet)
AIRFLOW_JWT_SECRET=$(secret)
AIRFLOW_SECRET_KEY=$(secret)
GRAFANA_ADMIN_PASSWORD=$(secret)
EOF
echo "wrote .env" >&2
