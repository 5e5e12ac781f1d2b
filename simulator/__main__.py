"""Command line: `python -m simulator` serves, `seed` makes a subject, `sign` signs a request."""

import argparse
import logging
import os
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run a command; gives the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    os.umask(0o077)
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    if arguments[:1] == ["seed"]:
        return _seed(arguments[1:])
    if arguments[:1] == ["sign"]:
        return _sign(arguments[1:])
    return _serve(arguments)


def _serve(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A KSeF in the box (or: seed --help, sign --help)."
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--public-url", metavar="URL", help="where others find this simulator")
    parser.add_argument(
        "--storage-url", metavar="URL", help="where packages are uploaded, as others see it"
    )
    scripted = "a script of faults (JSON), read again when it changes"
    parser.add_argument("--faults", type=Path, metavar="FILE", help=scripted)
    feed = "what the availability feed says at first (JSON)"
    parser.add_argument("--latarnia", type=Path, metavar="FILE", help=feed)
    parser.add_argument("--control", action="store_true", help="open the control interface")
    options = parser.parse_args(arguments)
    from simulator.server import serve

    return serve(
        options.data,
        options.host,
        options.port,
        public_url=options.public_url,
        storage_url=options.storage_url,
        control=options.control,
        scripts={"faults": options.faults, "latarnia": options.latarnia},
    )


def _seed(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m simulator seed")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--nip", required=True)
    parser.add_argument("--name", help="name of the company")
    parser.add_argument("--password", help="for the keys; makes the certificates anew")
    parser.add_argument("--pesel", help="certificates of a person, owner of the company")
    options = parser.parse_args(arguments)
    from simulator import seed

    try:
        seed.check_nip(options.nip)
    except ValueError as error:
        parser.error(str(error))
    made = seed.seed(
        options.data,
        options.nip,
        name=options.name,
        password=options.password,
        pesel=options.pesel,
    )
    print(f"token: {made.token}")
    for file in made.files:
        print(f"certificate: {file}.crt {file}.key")
    if made.password:
        print(f"password: {made.password}")
    else:
        print("password: printed when these were made; --password PW makes them anew")
    return 0


def _sign(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m simulator sign")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--number", required=True, help="PESEL, NIP or a foreign number")
    parser.add_argument("--name", default="Anna Przykładowa", help="of the person or company")
    from simulator import signer

    parser.add_argument("--kind", choices=signer.KINDS, default="person")
    parser.add_argument("request", type=Path, help="the AuthTokenRequest as downloaded")
    parser.add_argument("signed", type=Path, help="where the signed file goes")
    options = parser.parse_args(arguments)
    if not options.number.replace("-", "").isalnum():
        parser.error("the number may have letters, digits and dashes")
    who = signer.Signer(options.kind, options.number, options.name)
    try:
        options.signed.write_bytes(signer.sign(options.request.read_bytes(), who, options.data))
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print(f"certificate: {signer.certificate_file(who, options.data)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
