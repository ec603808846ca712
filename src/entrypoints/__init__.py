"""The only place that knows HTTP, the command line and the environment."""
