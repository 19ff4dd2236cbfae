"""The imports app: data in from files, lists out to files (docs/imports.md)."""
