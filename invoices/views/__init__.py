"""Pages: thin, each behind one gate."""
