"""PostgreSQL: SQLModel declares the tables, SQLAlchemy Core speaks, rows become domain objects."""
