"""What was spent, as values: reports, forecasts, tables and charts."""
