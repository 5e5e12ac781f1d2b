"""Certificate requests (PKCS#10) as KSeF takes them (certyfikaty-KSeF.md, section 3)."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from simulator import crypto, subject_data
from simulator.errors import Invalid

HASHES = (hashes.SHA1, hashes.SHA256, hashes.SHA384, hashes.SHA512)


def read(data: bytes, expected: dict[str, str]) -> x509.CertificateSigningRequest:
    """The request for exactly these data; raises 400 25003, 25004, 25010, 25011."""
    try:
        request = x509.load_der_x509_csr(data)
        key, subject = request.public_key(), request.subject
    except UnsupportedAlgorithm as error:
        raise Invalid(25010) from error
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise Invalid(25004) from error
    _check_key(key)
    _check_signature(request, key)
    if not subject_data.is_exactly(subject, expected):
        raise Invalid(25003)
    return request


def _check_key(key) -> None:
    is_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048
    is_ec = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    if not (is_rsa or is_ec):
        raise Invalid(25010)


def _check_signature(request: x509.CertificateSigningRequest, key) -> None:
    try:
        algorithm = request.signature_hash_algorithm
        parameters = request.signature_algorithm_parameters
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Invalid(25011) from error
    if not isinstance(algorithm, HASHES):
        raise Invalid(25011)
    signature, data = request.signature, request.tbs_certrequest_bytes
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, parameters, algorithm)
        else:
            key.verify(signature, data, parameters)
    except UnsupportedAlgorithm as error:
        raise Invalid(25011) from error
    except (InvalidSignature, ValueError, TypeError) as error:
        raise Invalid(25004) from error


def key_digest(request: x509.CertificateSigningRequest) -> str:
    """SHA-256 of the public key (Base64), to know it again."""
    return crypto.sha256(
        request.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
