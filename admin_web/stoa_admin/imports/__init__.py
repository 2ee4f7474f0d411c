"""Imports of past purchases and opening balances: a file, its columns, a dry run, the import."""
