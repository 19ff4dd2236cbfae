"""What needs no database: encodings, rows, columns, cells, accounts. Pure."""
