"""Pure parts of the knowledge base: words, queries, highlights, differences, clean HTML."""
