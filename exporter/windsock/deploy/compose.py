"""`docker-compose.yaml` and the files that its services mount: the loop in containers, from one source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windsock import __version__
from windsock.artifact import HEADER, Artifact, to_yaml
from windsock.deploy import grafana, services
from windsock.deploy.scrape import prometheus_yml

_HEAD = """\
# The whole loop in containers. `make env` (random passwords), then `docker compose up --build`.
# Every port is bound to 127.0.0.1. What is what, and what to change before real use: docs/install.md.
#
# statsd_exporter asks for a receive buffer of 4 MiB; the kernel caps it silently at net.core.rmem_max, which
# belongs to the host and cannot be set here: sudo sysctl -w net.core.rmem_max=4194304
"""
_PROMETHEUS_YML = "deploy/prometheus/prometheus.yml"
_ALERTMANAGER_YAML = "deploy/alertmanager/alertmanager.yaml"
_DATASOURCES_YML = "deploy/grafana/datasources.yml"
_DASHBOARDS_YML = "deploy/grafana/dashboards.yml"
_DASHBOARDS = "/var/lib/grafana/dashboards"
_AIRFLOW_PUBLIC_URL = "http://127.0.0.1:8080"
# Where the services find each other.
_STATSD_PORT = 9125
# In Airflow's containers.
_STATSD_NAMES = "/opt/windsock"
_ADDRESSES = {
    "windsock": "windsock:9112",
    "statsd-exporter": "statsd-exporter:9102",
    "prometheus": "prometheus:9090",
    "alertmanager": "alertmanager:9093",
    "pager": "pager:9095",
    "airflow": "airflow-api-server:8080",
}


def artifacts() -> list[Artifact]:
    """The compose file and the configuration that exists only for it."""
    return [
        Artifact("docker-compose.yaml", compose_yaml),
        Artifact(_PROMETHEUS_YML, _prometheus_yml),
        Artifact(_ALERTMANAGER_YAML, _alertmanager_yaml),
        Artifact(_DATASOURCES_YML, lambda: grafana.datasources_yml(prometheus=_url("prometheus"))),
        Artifact(_DASHBOARDS_YML, lambda: grafana.dashboards_yml(folder=_DASHBOARDS)),
    ]


def compose_yaml() -> str:
    """The whole compose file."""
    data = {
        "name": "windsock",
        "services": {**_database(), **_airflow(), **_monitoring()},
        "volumes": {
            name: {}
            for name in ("postgres", "airflow-logs", "windsock", "prometheus", "alertmanager", "grafana")
        },
    }
    return HEADER + _HEAD + to_yaml(data).removeprefix(HEADER)


def _database() -> dict[str, Any]:
    return {
        "postgres": {
            "image": services.IMAGES["postgres"],
            "environment": {
                "POSTGRES_USER": "airflow",
                "POSTGRES_DB": "airflow",
                "POSTGRES_PASSWORD": _secret("POSTGRES_PASSWORD"),
            },
            "volumes": ["postgres:/var/lib/postgresql/data"],
            "healthcheck": _healthy("pg_isready --username airflow --dbname airflow"),
            "restart": "unless-stopped",
        },
        # The tables must be there before anybody may be allowed to read them.
        "windsock-role": {
            "image": services.IMAGES["postgres"],
            "environment": {
                "PGHOST": "postgres",
                "PGUSER": "airflow",
                "PGDATABASE": "airflow",
                "PGPASSWORD": _secret("POSTGRES_PASSWORD"),
                "WINDSOCK_DB_PASSWORD": _secret("WINDSOCK_DB_PASSWORD"),
            },
            "entrypoint": ["sh", "-c"],
            "command": ['psql -q -v password="$$WINDSOCK_DB_PASSWORD" -f /windsock-role.sql'],
            "volumes": ["./deploy/postgres/windsock-role.sql:/windsock-role.sql:ro"],
            "depends_on": {"airflow-init": {"condition": "service_completed_successfully"}},
            "restart": "no",
        },
    }


def _airflow() -> dict[str, Any]:
    environment = services.airflow_environment(
        3,
        database_url=f"postgresql+psycopg2://airflow:{_secret('POSTGRES_PASSWORD')}@postgres/airflow",
        dags="/opt/airflow/dags",
        host="0.0.0.0",  # noqa: S104 (inside the container; only 127.0.0.1 of the host is published)
        port=8080,
        url=_AIRFLOW_PUBLIC_URL,
        execution_url=f"{_url('airflow')}/execution/",
        statsd_host="statsd-exporter",
        statsd_port=_STATSD_PORT,
    ) | {
        **services.airflow_names(_STATSD_NAMES),
        "AIRFLOW__CORE__FERNET_KEY": _secret("AIRFLOW_FERNET_KEY"),
        "AIRFLOW__API__SECRET_KEY": _secret("AIRFLOW_SECRET_KEY"),
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret("AIRFLOW_JWT_SECRET"),
    }
    base = {
        "image": services.IMAGES["airflow"],
        "environment": environment,
        "volumes": [
            "./demo/dags:/opt/airflow/dags:ro",
            f"./exporter/statsd_names:{_STATSD_NAMES}:ro",
            "airflow-logs:/opt/airflow/logs",
        ],
    }
    init = base | {
        "command": ["bash", "-c", "airflow db migrate && airflow pools set dwh 1 'kept by ml_training'"],
        "depends_on": {"postgres": {"condition": "service_healthy"}},
        "restart": "no",
    }
    after = {
        "airflow-init": {"condition": "service_completed_successfully"},
        "statsd-exporter": {"condition": "service_started"},
    }
    checks = {
        "api-server": "curl --fail --silent http://127.0.0.1:8080/api/v2/monitor/health",
        "scheduler": _job_check("SchedulerJob"),
        "dag-processor": _job_check("DagProcessorJob"),
        "triggerer": _job_check("TriggererJob"),
    }
    components = {
        f"airflow-{name}": base
        | {
            "command": argv,
            "depends_on": after,
            "healthcheck": _healthy(checks[name], interval="60s", start_period="60s", timeout="30s"),
            "restart": "unless-stopped",
        }
        for name, argv in services.airflow_components(3).items()
    }
    components["airflow-api-server"]["ports"] = ["127.0.0.1:8080:8080"]
    return {"airflow-init": init, **components}


def _monitoring() -> dict[str, Any]:
    return {
        "statsd-exporter": {
            "image": services.IMAGES["statsd-exporter"],
            "command": services.statsd_exporter(
                mapping="/etc/statsd-exporter/mapping.yml", udp=f":{_STATSD_PORT}", listen=":9102"
            ),
            "volumes": [
                "./exporter/generated/statsd/airflow-3.3-tags.yml:/etc/statsd-exporter/mapping.yml:ro"
            ],
            "ports": ["127.0.0.1:9102:9102"],
            "healthcheck": _healthy("wget -q -O /dev/null http://127.0.0.1:9102/-/healthy"),
            "restart": "unless-stopped",
        },
        "windsock": {
            "image": f"windsock:{__version__}",
            "build": {"context": ".", "dockerfile": "exporter/Dockerfile"},
            "environment": {
                "WINDSOCK_DATABASE_URL": f"postgresql://windsock:{_secret('WINDSOCK_DB_PASSWORD')}@postgres/airflow"
            },
            "command": services.windsock(
                listen="0.0.0.0:9112",
                airflow_url=_url("airflow"),
                airflow_public_url=_AIRFLOW_PUBLIC_URL,
                slas="/etc/windsock/slas.yaml",
                owners="/etc/windsock/owners.yaml",
                alerts="/etc/windsock/alerts.yaml",
                state="/var/lib/windsock",
            ),
            "volumes": [
                "./demo/slas.yaml:/etc/windsock/slas.yaml:ro",
                "./demo/owners.yaml:/etc/windsock/owners.yaml:ro",
                "./demo/alerts.yaml:/etc/windsock/alerts.yaml:ro",
                "windsock:/var/lib/windsock",
            ],
            "ports": ["127.0.0.1:9112:9112"],
            "depends_on": {"windsock-role": {"condition": "service_completed_successfully"}},
            "healthcheck": _healthy(_python_get("http://127.0.0.1:9112/-/healthy")),
            "restart": "unless-stopped",
        },
        "prometheus": {
            "image": services.IMAGES["prometheus"],
            "command": services.prometheus(
                config="/etc/prometheus/prometheus.yml",
                data="/prometheus",
                listen=":9090",
                url="http://127.0.0.1:9090",
            ),
            "volumes": [
                f"./{_PROMETHEUS_YML}:/etc/prometheus/prometheus.yml:ro",
                "./alerts/generated:/etc/prometheus/rules:ro",
                "prometheus:/prometheus",
            ],
            "ports": ["127.0.0.1:9090:9090"],
            "healthcheck": _healthy("wget -q -O /dev/null http://127.0.0.1:9090/-/healthy"),
            "restart": "unless-stopped",
        },
        "alertmanager": {
            "image": services.IMAGES["alertmanager"],
            "command": services.alertmanager(
                config="/etc/alertmanager/alertmanager.yaml",
                data="/alertmanager",
                listen=":9093",
                url="http://127.0.0.1:9093",
            ),
            "volumes": [
                f"./{_ALERTMANAGER_YAML}:/etc/alertmanager/alertmanager.yaml:ro",
                "alertmanager:/alertmanager",
            ],
            "ports": ["127.0.0.1:9093:9093"],
            "healthcheck": _healthy("wget -q -O /dev/null http://127.0.0.1:9093/-/healthy"),
            "restart": "unless-stopped",
        },
        # Stands in for PagerDuty, Slack and mail: `docker compose logs -f pager`.
        "pager": {
            "image": services.IMAGES["python"],
            "command": ["python", "/pager.py", "--listen=0.0.0.0:9095"],
            "user": "65532:65532",
            "volumes": ["./demo/pager.py:/pager.py:ro"],
            "healthcheck": _healthy(_python_get("http://127.0.0.1:9095/")),
            "restart": "unless-stopped",
        },
        "grafana": {
            "image": services.IMAGES["grafana"],
            "environment": {
                "GF_SECURITY_ADMIN_PASSWORD": _secret("GRAFANA_ADMIN_PASSWORD"),
                "GF_USERS_ALLOW_SIGN_UP": "false",
                "GF_ANALYTICS_REPORTING_ENABLED": "false",
                "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            },
            "volumes": [
                f"./{_DATASOURCES_YML}:/etc/grafana/provisioning/datasources/windsock.yml:ro",
                f"./{_DASHBOARDS_YML}:/etc/grafana/provisioning/dashboards/windsock.yml:ro",
                f"./dashboards/generated:{_DASHBOARDS}:ro",
                "grafana:/var/lib/grafana",
            ],
            "ports": ["127.0.0.1:3000:3000"],
            "healthcheck": _healthy("wget -q -O /dev/null http://127.0.0.1:3000/api/health"),
            "restart": "unless-stopped",
        },
    }


def _prometheus_yml() -> str:
    return prometheus_yml(
        airflow="demo",
        targets={
            services.JOB_WINDSOCK: _ADDRESSES["windsock"],
            services.JOB_STATSD: _ADDRESSES["statsd-exporter"],
            services.JOB_PROMETHEUS: _ADDRESSES["prometheus"],
            services.JOB_ALERTMANAGER: _ADDRESSES["alertmanager"],
        },
        rules=["rules/*.rules.yaml"],
        alertmanager=_ADDRESSES["alertmanager"],
    )


def _alertmanager_yaml() -> str:
    """The committed routes with the pager's address as containers reach it."""
    from windsock_alerts.build import artifacts as alerts  # noqa: PLC0415 (`serve` never needs the rules)

    rendered = next(made.render() for made in alerts() if Path(made.path).name == "alertmanager.yaml")
    return rendered.replace("//127.0.0.1:9095/", f"{_url('pager')}/".removeprefix("http:"))


def _url(service: str) -> str:
    return f"http://{_ADDRESSES[service]}"


def _secret(name: str) -> str:
    """A variable of .env without a default: unset or empty, compose stops with the message."""
    return f"${{{name}:?run make env first}}"


def _healthy(
    command: str, *, interval: str = "15s", start_period: str = "30s", timeout: str = "10s"
) -> dict[str, Any]:
    return {
        "test": ["CMD-SHELL", command],
        "interval": interval,
        "timeout": timeout,
        "retries": 5,
        "start_period": start_period,
    }


def _job_check(job_type: str) -> str:
    """Whether this container's job is alive; the check itself must not send StatsD."""
    check = f'airflow jobs check --job-type {job_type} --hostname "$${{HOSTNAME}}"'
    return f"AIRFLOW__METRICS__STATSD_ON=False {check}"


def _python_get(url: str) -> str:
    return f"python -c \"import urllib.request as r; r.urlopen('{url}', timeout=5)\""
