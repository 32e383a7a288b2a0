"""Grafana dashboards as grafanalib code, one module per dashboard."""
