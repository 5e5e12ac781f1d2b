"""Command line: `python -m simulator` serves, `python -m simulator seed` makes a subject."""

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
    return _serve(arguments)


def _serve(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A KSeF in the box (or: seed --help)."
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


if __name__ == "__main__":
    sys.exit(main())
