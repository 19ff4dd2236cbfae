"""The knowledge base on real services."""
