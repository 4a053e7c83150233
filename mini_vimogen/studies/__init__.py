"""One module for each table: rows with seeds, spread, baselines."""
