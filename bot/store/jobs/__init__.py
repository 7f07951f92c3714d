"""Jobs: the queue, its leases, and submits whose answer was lost."""
