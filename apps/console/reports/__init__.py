"""Reports on the console: pages, the calls behind figures, charts and files."""
