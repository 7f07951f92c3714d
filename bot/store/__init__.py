"""SQL only: functions that take a transaction."""
