"""The console's pages of customers."""
