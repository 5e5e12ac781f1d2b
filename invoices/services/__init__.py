"""What can be done with drafts and documents; keyword-only `noun_verb` functions."""
