"""What operators watch with: the Grafana dashboard, made by code."""
