"""What a register did not tell, and why, in sentences for a person."""

Pair = tuple[str, str]

WHITELIST: Pair = ("Wykaz podatników VAT", "The list of VAT taxpayers")
VIES: Pair = ("VIES", "VIES")
NBP: Pair = ("NBP", "NBP")

SENTENCES: dict[str, Pair] = {
    "silent": (
        "{0} teraz nie odpowiada. Spróbuj za chwilę albo wpisz dane ręcznie.",
        "{0} is not answering at present. Try again later or type the data in.",
    ),
    "strange": (
        "{0} odpowiada teraz inaczej niż zwykle i nie możemy na tym polegać. Spróbuj później.",
        "{0} answers in an unusual way at present, so we cannot rely on it. Try again later.",
    ),
    "busy": (
        "{0} jest teraz przeciążony albo w trakcie aktualizacji. Spróbuj za kilka minut.",
        "{0} is busy or being updated at present. Try again in a few minutes.",
    ),
    "limit": (
        "{0}: limit zapytań z tego serwera jest na dziś wyczerpany. Wpisz dane ręcznie.",
        "{0}: this server has used up today's questions. Type the data in.",
    ),
    "refused": (
        "{0} nie przyjął tego zapytania. Sprawdź wpisane dane.",
        "{0} did not accept this question. Check what was typed.",
    ),
    "off": (
        "{0}: sprawdzanie jest wyłączone w tej instalacji. Wpisz dane ręcznie.",
        "{0}: lookups are switched off in this installation. Type the data in.",
    ),
    "country": (
        "Rejestr tego kraju w VIES teraz nie odpowiada. To nie znaczy, że numer jest zły.",
        "That country's register in VIES is not answering. This does not mean the number is wrong.",
    ),
    "number": (
        "VIES nie rozpoznał formatu tego numeru. Sprawdź kod kraju i znaki numeru.",
        "VIES did not recognise the format of this number. Check the country code and number.",
    ),
    "no-table": (
        "NBP nie podał tabeli z kursem tej waluty z dni przed tą datą. Wpisz kurs ręcznie.",
        "NBP gave no table with this currency before that day. Type the rate in.",
    ),
    "too-early": (
        "NBP jeszcze nie ogłosił kursu na ten dzień. Tabela A wychodzi w dni robocze około "
        "południa.",
        "NBP has not published the rate for that day yet. Table A appears on working days "
        "around noon.",
    ),
}


class Unknown(Exception):
    """The register gave no answer to rely on; `.pl` and `.en` say why and what to do."""

    def __init__(self, reason: str, register: Pair = ("", "")) -> None:
        self.reason = reason
        self.pl, self.en = (
            text.format(name) for text, name in zip(SENTENCES[reason], register, strict=True)
        )
        super().__init__(f"{register[1]}: {reason}")

    @property
    def pair(self) -> Pair:
        """Both sentences."""
        return self.pl, self.en
