"""A KSeF in the box: the API 2 of Krajowy System e-Faktur for trying out and for tests.

Its own program (`python -m simulator`), its own data, its own cryptography. It shares
nothing with the rest of the house but the official XSDs: a mistake that both sides shared
would pass every test.
"""
