"""The pure parts of the knowledge base."""
