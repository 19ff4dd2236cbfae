"""Reports: sums of the ledger by time, and the tables and files made of them."""
