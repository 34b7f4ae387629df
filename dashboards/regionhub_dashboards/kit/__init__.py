"""What all boards are made with: panels, Grafana's macros, rules, statements."""
