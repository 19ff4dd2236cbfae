"""Work orders: forms, approval flows, orders (docs/work-orders.md)."""
