"""The dashboards without Grafana: the same JSON and the same statements, drawn simply."""
