"""Pages of data imports and exports."""
