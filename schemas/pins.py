"""SHA-256 of the schema files we know, in hex.

The package's copies say what the Ministry's say, but for line ends, blanks and the form of
their includes; both sets were compared element by element, so both may stand.
"""

PACKAGE = {
    "schemat_FA(3)_v1-0E.xsd": "50c655de247d8efc706c1791468624e6768e12772b901b1d344240e8e3987e41",
    "StrukturyDanych_v10-0E.xsd": (
        "d26095dc6c68b40be67bb855be2ea59b1215f812ebb63176af294f43e9915a65"
    ),
    "ElementarneTypyDanych_v10-0E.xsd": (
        "20f79cb00c12800a3b48c3fced4c05fd0455d9ec6da2a699d964fb23c84edbad"
    ),
    "KodyKrajow_v10-0E.xsd": "48be2a9f181d7ff80f185c62491ba12604c5cacbbe21af8e2aaaf2c585bbd214",
}

MINISTRY = {
    "schemat_FA(3)_v1-0E.xsd": "b646b6b525f51adf1bb2545f111fc8ca6e7aa6dd2f98948f1667d3695c06d958",
    "StrukturyDanych_v10-0E.xsd": (
        "cb08348374598e1e716e086c40d740390fb9e1bfa3aba1f4ec4cba0e1ef6d60f"
    ),
    "ElementarneTypyDanych_v10-0E.xsd": (
        "8daf4d3771de200b26b697294cc906a2add3de9acfbbd97f4b1bd4fc0e5ecb2f"
    ),
    "KodyKrajow_v10-0E.xsd": "48be2a9f181d7ff80f185c62491ba12604c5cacbbe21af8e2aaaf2c585bbd214",
    "schemat_auth_v2-1.xsd": "d48477808e342892f62ef8bc7f0b134812f0536b3bb9cc8433d4fff2a926c44c",
    "upo-v4-3.xsd": "1e5ff386a29324021a9e0126319680aec0b1e0d4f4a18add30b2f5d12ce6fa86",
}


def is_known(name: str, digest: str) -> bool:
    """Whether a file of this name may have this SHA-256 (hex)."""
    return digest in {PACKAGE.get(name), MINISTRY.get(name)}
