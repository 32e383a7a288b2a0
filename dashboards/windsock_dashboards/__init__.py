"""Windsock's Grafana dashboards as code: a module per dashboard, a panel per question."""
