"""The print's own words in Polish and English; all other labels come from the registry.

A table and not gettext: the language of a print is chosen per document, apart from the
language of the page, and it must not depend on a compiled catalogue.
"""

from collections.abc import Callable

from invoices.fa3 import registry
from invoices.render.tongues import BOTH, pick

TEXTS: dict[str, tuple[str, str]] = {
    # head
    "place": ("Miejsce wystawienia", "Place of issue"),
    "period": ("Okres", "Period"),
    "due_on": ("Termin płatności", "Due date"),
    "term": ("Termin", "Due date"),
    "currency": ("Waluta", "Currency"),
    "ksef_number": ("Numer KSeF", "KSeF number"),
    # lines
    "lines": ("Pozycje", "Lines"),
    "order": ("Zamówienie lub umowa", "Order or contract"),
    "position": ("Lp.", "No."),
    "name": ("Nazwa", "Description"),
    "quantity": ("Ilość", "Quantity"),
    "unit": ("J.m.", "Unit"),
    "price_net": ("Cena netto", "Net price"),
    "price_gross": ("Cena brutto", "Gross price"),
    "discount": ("Rabat", "Discount"),
    "rate": ("Stawka", "VAT rate"),
    "net": ("Netto", "Net"),
    "vat": ("VAT", "VAT"),
    "gross": ("Brutto", "Gross"),
    "before": ("stan przed korektą", "before the correction"),
    "after": ("stan po korekcie", "after the correction"),
    "difference": ("różnica", "difference"),
    "forward": ("Do przeniesienia", "Carried forward"),
    "brought": ("Z przeniesienia", "Brought forward"),
    "annex15": ("zał. nr 15", "Annex 15"),
    # totals
    "totals": ("Podsumowanie", "Summary"),
    "vat_pln": ("VAT w PLN", "VAT in PLN"),
    "total": ("Razem", "Total"),
    "margin": ("marża", "margin"),
    "pay": ("Do zapłaty", "Amount due"),
    "paid_total": ("Razem, zapłacono", "Total, paid"),
    "sum_VAT": ("Kwota należności ogółem", "Total amount"),
    "sum_KOR": ("Kwota korekty", "Amount of the correction"),
    "sum_ZAL": ("Otrzymana zapłata", "Payment received"),
    "sum_ROZ": ("Pozostało do zapłaty", "Remaining amount due"),
    "settle": ("Nadpłata do rozliczenia", "Overpayment to settle"),
    # payment
    "payment": ("Płatność", "Payment"),
    "method": ("Forma", "Method"),
    "paid": ("Zapłacono", "Paid"),
    "account": ("Rachunek", "Account"),
    "factor_account": ("Rachunek faktora", "Factor’s account"),
    "transfer_title": ("Tytuł", "Reference"),
    "early_discount": ("Skonto", "Early-payment discount"),
    # parties and the rest
    "parties": ("Strony", "Parties"),
    "advances": ("Zaliczki", "Advances"),
    "correction": ("Korekta", "Correction"),
    "seller_before": ("Sprzedawca przed korektą", "Seller before the correction"),
    "buyer_before": ("Nabywca przed korektą", "Buyer before the correction"),
    "no_id": ("bez identyfikatora podatkowego", "without a tax ID"),
    "country_of_id": ("kraj", "country"),
    "annotations": ("Adnotacje", "Annotations"),
    "extra": ("Opisy dodatkowe", "Additional descriptions"),
    "line_number": ("Pozycja", "Line"),
    "key": ("Opis", "Description"),
    "value": ("Wartość", "Value"),
    "notes": ("Uwagi", "Notes"),
    "registers": ("Rejestry", "Registers"),
    "attachment": ("Załącznik", "Attachment"),
    "others": ("Pozostałe dane", "Other data"),
    "not_applicable": ("Nie dotyczy", "Not applicable"),
    "file": ("Plik", "File"),
    # marks, codes, foot
    "check": ("Sprawdź fakturę w KSeF", "Check the invoice in KSeF"),
    "check_how": (
        "Zeskanuj kod lub wpisz adres. Strona KSeF pokaże, czy ta faktura jest w systemie.",
        "Scan the code or enter the address. KSeF’s page says whether it holds this invoice.",
    ),
    "check_later": ("Czy faktura jest w KSeF", "Is the invoice in KSeF"),
    "check_later_how": (
        "Kod pokaże fakturę, gdy dostanie ona numer KSeF.",
        "The code shows the invoice once it has its KSeF number.",
    ),
    "issuer": ("Kto ją wystawił", "Who issued it"),
    "issuer_how": (
        "Kod potwierdza certyfikat wystawcy i treść faktury.",
        "The code confirms the issuer’s certificate and the invoice’s content.",
    ),
    "mode": ("Tryb", "Mode"),
    "mode_online": ("online", "online"),
    "mode_offline24": ("offline24", "offline24"),
    "mode_niedost": ("offline (niedostępność KSeF)", "offline (KSeF unavailable)"),
    "mode_awaria": ("awaryjny (awaria KSeF)", "emergency (KSeF failure)"),
    "mode_calkowita": ("awaria całkowita KSeF", "total failure of KSeF"),
    "total_note": (
        "Fakturę wystawiono w czasie awarii całkowitej KSeF (art. 106ng ustawy o VAT). Nie ma "
        "numeru KSeF ani kodów i nie będzie przesłana do KSeF.",
        "The invoice was issued during a total failure of KSeF (art. 106ng of the Polish VAT "
        "Act). It has no KSeF number and no codes and will not be sent to KSeF.",
    ),
    # the confirmation of a transaction
    "confirmation": ("Potwierdzenie transakcji", "Confirmation of a transaction"),
    "to_invoice": ("do faktury", "to invoice"),
    "not_invoice": ("To nie jest faktura.", "This is not an invoice."),
    "number_and_date": ("Numer i data faktury", "Invoice number and date"),
    "subject": ("Przedmiot", "Subject"),
    "subject_more": ("i dalsze pozycje, razem {count}", "and further items, {count} in all"),
    "amount_gross": ("Kwota brutto", "Gross amount"),
    "amount_vat": ("w tym VAT", "of which VAT"),
    "seller": ("Sprzedawca", "Seller"),
    "buyer": ("Nabywca", "Buyer"),
    "page": ("strona", "page"),
    "of": ("z", "of"),
    "draft": ("Szkic: to nie jest faktura", "Draft: this is not an invoice"),
    "waiting": (
        "Oczekuje na numer KSeF: nie wydawać nabywcy",
        "Awaiting its KSeF number: do not hand to the buyer",
    ),
    "preview": (
        "Podgląd pliku: nie wydawać nabywcy",
        "Preview of a file: do not hand to the buyer",
    ),
    "proforma_title": ("Pro forma", "Pro forma"),
    "proforma": ("Pro forma, to nie jest faktura", "Pro forma, this is not an invoice"),
    "proforma_note": (
        "To oferta, nie faktura: nie jest podstawą do odliczenia ani do zapłaty VAT.",
        "This is an offer, not an invoice: no VAT is due or deductible on it.",
    ),
    "xml_file": ("Plik XML", "XML file"),
    "simulator": ("SYMULATOR: to nie jest faktura", "SIMULATOR: this is not an invoice"),
    "test": ("TEST: to nie jest faktura", "TEST: this is not an invoice"),
    "demo": ("DEMO: to nie jest faktura", "DEMO: this is not an invoice"),
    "no_number": ("bez numeru", "no number"),
}

KINDS: dict[str, tuple[str, str]] = {
    "VAT": ("Faktura", "Invoice"),
    "KOR": ("Faktura korygująca", "Corrective invoice"),
    "ZAL": ("Faktura zaliczkowa", "Advance invoice"),
    "ROZ": ("Faktura rozliczająca", "Settlement invoice"),
    "UPR": ("Faktura uproszczona", "Simplified invoice"),
    "KOR_ZAL": ("Korekta faktury zaliczkowej", "Correction of an advance invoice"),
    "KOR_ROZ": ("Korekta faktury rozliczającej", "Correction of a settlement invoice"),
}

# Art. 106e ust. 1 pkt 12-14 of the VAT Act wants the rate itself, `zw` and `np.` are its usual
# short forms; I and II keep apart what P_13_8 and P_13_9 keep apart.
RATES: dict[str, tuple[str, str]] = {
    "0 KR": ("0%", "0%"),
    "0 WDT": ("0% WDT", "0% intra-EU"),
    "0 EX": ("0% eksport", "0% export"),
    "zw": ("zw", "zw (exempt)"),
    "oo": ("oo", "oo (rev. charge)"),
    "np I": ("np. I", "np. I"),
    "np II": ("np. II", "np. II"),
}

# The words that art. 106e and art. 136 order stand in Polish on every print; English follows.
STATEMENTS: dict[str, tuple[str, str]] = {
    "P_16": ("metoda kasowa", "cash accounting"),
    "P_17": ("samofakturowanie", "self-billing"),
    "P_18": ("odwrotne obciążenie", "reverse charge"),
    "P_18A": ("mechanizm podzielonej płatności", "split payment"),
    "P_23": (
        "VAT: Faktura WE uproszczona na mocy art. 135–138 ustawy o ptu",
        "EU triangular simplification, art. 135–138 of the Polish VAT Act",
    ),
    "PMarzy/P_PMarzy_2": ("procedura marży dla biur podróży", "margin scheme, travel agents"),
    "PMarzy/P_PMarzy_3_1": (
        "procedura marży – towary używane",
        "margin scheme, second-hand goods",
    ),
    "PMarzy/P_PMarzy_3_2": ("procedura marży – dzieła sztuki", "margin scheme, works of art"),
    "PMarzy/P_PMarzy_3_3": (
        "procedura marży – przedmioty kolekcjonerskie i antyki",
        "margin scheme, collectors’ items and antiques",
    ),
}

_COUNTRIES = """
AT Austria/Austria BE Belgia/Belgium BG Bułgaria/Bulgaria CY Cypr/Cyprus CZ Czechy/Czechia
DE Niemcy/Germany DK Dania/Denmark EE Estonia/Estonia ES Hiszpania/Spain FI Finlandia/Finland
FR Francja/France GR Grecja/Greece HR Chorwacja/Croatia HU Węgry/Hungary IE Irlandia/Ireland
IT Włochy/Italy LT Litwa/Lithuania LU Luksemburg/Luxembourg LV Łotwa/Latvia MT Malta/Malta
NL Holandia/Netherlands PL Polska/Poland PT Portugalia/Portugal RO Rumunia/Romania
SE Szwecja/Sweden SI Słowenia/Slovenia SK Słowacja/Slovakia CH Szwajcaria/Switzerland
NO Norwegia/Norway UA Ukraina/Ukraine TR Turcja/Turkey CN Chiny/China
GB Wielka_Brytania/United_Kingdom US Stany_Zjednoczone/United_States
XI Irlandia_Północna/Northern_Ireland
"""
COUNTRIES: dict[str, tuple[str, str]] = {
    code: tuple(names.replace("_", " ").split("/"))
    for code, names in zip(_COUNTRIES.split()[::2], _COUNTRIES.split()[1::2], strict=True)
}


def text(key: str, language: str) -> str:
    """One of the print's own words; KeyError for a key that is not in the table."""
    return pick(TEXTS[key], language)


def texts(language: str) -> dict[str, str]:
    """The whole table in one language, for templates."""
    return {key: pick(words, language) for key, words in TEXTS.items()}


def title(kind: str, language: str) -> str:
    """The document's name by RodzajFaktury; a draft without a kind is an invoice."""
    return pick(KINDS.get(kind, KINDS["VAT"]), language)


def rate(code: str, language: str) -> str | None:
    """The short name of a rate that is no number, None for a code without one."""
    return pick(RATES[code], language) if code in RATES else None


def country(code: str, language: str) -> str:
    """The country's name, or its code where the name is not in the table."""
    return pick(COUNTRIES[code], language) if code in COUNTRIES else code


def both(words: tuple[str, str], language: str) -> str:
    """Polish alone, or Polish with English after a slash."""
    return " / ".join(words) if language == "en" else pick(words, language)


def mark(key: str, language: str) -> str:
    """A warning printed on every page; Polish always stands in it."""
    return both(TEXTS[key], language)


def of(path: str, language: str, kind: str | None = None) -> str:
    """The registry's label of a path, with or without positions."""
    return _doubled(lambda each: registry.label(path, each, kind), language)


def value_of(path: str, value: str, language: str) -> str:
    """The registry's name of an enumerated value, the value itself where it has none."""
    return _doubled(lambda each: registry.value_label(path, value, each), language)


def _doubled(name: Callable[[str], str], language: str) -> str:
    return pick((name("pl"), name("en")), BOTH) if language == BOTH else name(language)
