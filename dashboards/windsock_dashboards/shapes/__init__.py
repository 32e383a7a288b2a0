"""What dashboards are made of: panels, queries, links, words, and the JSON that Grafana reads."""
