"""Django's PostgreSQL backend that tells the database which company is in scope."""
