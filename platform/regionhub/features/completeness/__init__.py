"""The completeness ledger."""
