"""Each rule beside an invoice that triggers it and one, as near as may be, that does not."""

import re

from invoices.fa3.problems import Problem
from invoices.fa3.rules.finding import table
from tests.fa3_support import line

BUYER = "Podmiot2__DaneIdentyfikacyjne"
NOTES = "Fa__Adnotacje"
PAY = "Fa__Platnosc"
NIP = {"NIP": "1111111111", "Nazwa": "N"}
EU = {"KodUE": "DE", "NrVatUE": "123456789", "Nazwa": "N"}
NRB = "61109010140000071219812874"
KSEF = "5265877635-20250826-0100001AF629-AF"
FREE = {"P_19N": "1"}
EXEMPT = {"P_19": "1", "P_19A": "art. 43 ust. 1"}
ZW = {"Fa__FaWiersz": [line(P_12="zw")], "Fa__P_13_1": None, "Fa__P_14_1": None}
ZW |= {"Fa__P_13_7": "100.00", "Fa__P_15": "100.00"}
MARGIN = {"P_PMarzy": "1", "P_PMarzy_3_1": "1"}
MARGIN_LINE = line(P_12=None, P_9A=None, P_11=None, P_9B="123.00", P_11A="123.00")
GROSS_LINE = line(P_9A=None, P_11=None, P_9B="123.00", P_11A="123.00")
KOR = {"Fa__RodzajFaktury": "KOR", "Fa__PrzyczynaKorekty": "błąd"}
KOR["Fa__DaneFaKorygowanej"] = [
    {"DataWystFaKorygowanej": "2026-11-01", "NrFaKorygowanej": "1", "NrKSeFN": "1"}
]
TWO = {"Fa__DaneFaKorygowanej": 2 * KOR["Fa__DaneFaKorygowanej"]}
ROZ = {"Fa__RodzajFaktury": "ROZ", "Fa__FakturaZaliczkowa": [{"NrKSeFFaZaliczkowej": KSEF}]}
PARTY = {"DaneIdentyfikacyjne": NIP, "Rola": "2"}
ORDER = {"WartoscZamowienia": "123.00", "ZamowienieWiersz": [{"NrWierszaZam": "1"}]}
ZAL = {"Fa__RodzajFaktury": "ZAL", "Fa__FaWiersz": None, "Fa__Zamowienie": ORDER}
EUR = {"Fa__KodWaluty": "EUR", "Fa__P_14_1W": "100.05"}
EUR["Fa__FaWiersz"] = [line(KursWaluty="4.35")]


def party(**changes) -> dict:
    return {"Podmiot3": [PARTY | changes]}


def annex_15(gross: str, **changes) -> dict:
    return {"Fa__FaWiersz": [line(P_12_Zal_15="1")], "Fa__P_15": gross} | changes


def oss(**changes) -> dict:
    foreign = line(P_12=None, P_12_XII="19") | changes
    totals = {"Fa__P_13_1": None, "Fa__P_14_1": None, "Fa__P_13_5": "100.00"}
    return {"Fa__FaWiersz": [foreign], "Fa__P_14_5": "19.00", "Fa__P_15": "119.00"} | totals


def new_transport(*numbers: str, since: str = "2026-01-01") -> dict:
    vehicles = [{"P_22A": since, "P_NrWierszaNST": n, "P_22B": "5"} for n in numbers]
    value = {"P_22": "1", "P_42_5": "2"} | ({"NowySrodekTransportu": vehicles} if vehicles else {})
    return {f"{NOTES}__NoweSrodkiTransportu": value}


def table_row(cells: int, sums: int = 1) -> dict:
    columns = [{"@Typ": "txt", "NKom": "a"}, {"@Typ": "txt", "NKom": "b"}]
    made = {"TNaglowek": {"Kol": columns}, "Wiersz": [{"WKom": ["x"] * cells}]}
    made["Suma"] = {"SKom": ["x"] * sums}
    return {"Zalacznik": {"BlokDanych": [{"Tabela": [made]}]}}


def account(number: str, **changes) -> dict:
    return {f"{PAY}__RachunekBankowy": [{"NrRB": number} | changes]}


def settled(**sums: str) -> dict:
    return {"Fa__Rozliczenie": {"Obciazenia": [{"Kwota": "7", "Powod": "x"}]} | sums}


def likely_annex_15(gross: str, **fields: str) -> dict:
    return {"Fa__FaWiersz": [line(**fields)], "Fa__P_15": gross}


def former_buyers(*parties: dict) -> dict:
    return {"Fa__Podmiot2K": list(parties)}


def paid_in_parts(flag: str, *amounts: str) -> dict:
    parts = [{"KwotaZaplatyCzesciowej": amount} for amount in amounts]
    return {PAY: {"ZnacznikZaplatyCzesciowej": flag, "ZaplataCzesciowa": parts}}


def note_about(number: str) -> dict:
    return {"Fa__DodatkowyOpis": [{"NrWiersza": number, "Klucz": "k", "Wartosc": "w"}]}


# (rule, path, changes that trigger it, changes that do not)
CASES = [
    ("ID-01", "Podmiot1/DaneIdentyfikacyjne/NIP",
     {"Podmiot1__DaneIdentyfikacyjne__NIP": "0987654321"},
     {"Podmiot1__DaneIdentyfikacyjne__NIP": "7740001454"}),
    ("ID-02", "Podmiot2/DaneIdentyfikacyjne/NIP",
     {f"{BUYER}__NIP": "1234567890"}, {f"{BUYER}__NIP": "1234563218"}),
    ("ID-02", "Podmiot3[0]/DaneIdentyfikacyjne/IDWew",
     party(DaneIdentyfikacyjne={"IDWew": "1234567890-00001"}),
     party(DaneIdentyfikacyjne={"IDWew": "5265877635-00017"})),
    ("ID-03", "Podmiot3[0]/DaneIdentyfikacyjne/IDWew",
     party(DaneIdentyfikacyjne={"IDWew": "1111111111-12343"}),
     party(DaneIdentyfikacyjne={"IDWew": "1111111111-12342"})),
    ("ID-03", "Podmiot3[0]/DaneIdentyfikacyjne/IDWew",
     party(DaneIdentyfikacyjne={"IDWew": "12342"}), party()),
    ("ID-04", "Podmiot2/DaneIdentyfikacyjne/NrVatUE",
     {BUYER: {"KodUE": "PL", "NrVatUE": "1111111111", "Nazwa": "N"}}, {BUYER: EU}),
    ("ID-04", "Podmiot2/DaneIdentyfikacyjne/NrID",
     {BUYER: {"NrID": "111-111-11-11", "Nazwa": "N"}},
     {BUYER: {"KodKraju": "US", "NrID": "1111111111", "Nazwa": "N"}}),
    ("ID-05", "Podmiot2/DaneIdentyfikacyjne", {BUYER: {"Nazwa": "N"}}, {BUYER: EU}),
    ("ID-05", "Podmiot2/DaneIdentyfikacyjne", {BUYER: NIP | {"BrakID": "1"}}, {BUYER: NIP}),
    ("ID-06", "Podmiot2/DaneIdentyfikacyjne/Nazwa",
     {BUYER: {"BrakID": "1"}}, {BUYER: {"BrakID": "1", "Nazwa": "Jan"}}),
    ("ID-07", "Podmiot2/Adres", {"Podmiot2__Adres": None},
     {"Podmiot2__Adres": None, "Fa__RodzajFaktury": "UPR"}),
    ("ID-07", "Podmiot2/DaneIdentyfikacyjne/Nazwa",
     {BUYER: {"NIP": "1111111111"}}, {BUYER: NIP}),
    ("ID-08", "Podmiot2/JST", {"Podmiot2__JST": None}, {"Podmiot2__JST": "2"}),
    ("ID-09", "Podmiot2/JST", {"Podmiot2__JST": "1"}, {"Podmiot2__JST": "1"} | party(Rola="8")),
    ("ID-10", "Podmiot3[0]/Rola", party(Rola="10"), {"Podmiot2__GV": "1"} | party(Rola="10")),
    ("ID-11", "Podmiot3[0]/Udzial", party(Udzial="50"), party(Rola="4", Udzial="50")),
    ("ID-11", "Podmiot3", party(Rola="4", Udzial="100"), party(Rola="4", Udzial="99.9")),
    ("ID-12", "Podmiot3[0]/Rola", party(Rola="5") | {f"{NOTES}__P_17": "1"}, party(Rola="5")),
    ("ID-13", "Podmiot3[0]/DaneIdentyfikacyjne", party(Rola="11"),
     party(Rola="11", DaneIdentyfikacyjne={"BrakID": "1", "Nazwa": "Jan"})),
    ("ID-14", "Podmiot2/DaneIdentyfikacyjne", {"Fa__FaWiersz": [line(P_12="0 WDT")]},
     {"Fa__FaWiersz": [line(P_12="0 WDT")], BUYER: EU}),
    ("ID-15", "Podmiot1/PrefiksPodatnika", {"Fa__FaWiersz": [line(P_12="np II")]},
     {"Fa__FaWiersz": [line(P_12="np II")], "Podmiot1__PrefiksPodatnika": "PL"}),
    ("ID-16", "Podmiot2/DaneIdentyfikacyjne/NrVatUE",
     {BUYER: EU | {"NrVatUE": "DE123456789"}}, {BUYER: EU}),
    ("ID-16", "Podmiot2/DaneIdentyfikacyjne/NrVatUE",
     {BUYER: {"KodUE": "PL", "NrVatUE": "1", "Nazwa": "N"}},
     {BUYER: {"KodUE": "FR", "NrVatUE": "FR123456789", "Nazwa": "N"}}),
    ("ID-17", "Podmiot2/DaneIdentyfikacyjne/NIP", {f"{BUYER}__NIP": "5265877635"}, {}),
    ("ID-19", "Fa/Platnosc/RachunekBankowy[0]/NrRB", account("62" + NRB[2:]), account(NRB)),
    ("ID-19", "Fa/Platnosc/RachunekBankowy[0]/NrRB",
     account("DE88370400440532013000"), account("000123456789")),
    ("ID-19", "Fa/Platnosc/RachunekBankowy[0]/SWIFT",
     account(NRB, SWIFT="bad"), account(NRB, SWIFT="BREXPLPW")),
    ("DT-01", "Fa/P_1", {"Fa__P_1": "2026-11-21"}, {"Fa__P_1": "2026-11-20"}),
    ("DT-02", "Fa/P_1", {"Fa__P_1": "2026-11-19"}, {"Fa__P_1": "2026-11-20"}),
    ("DT-06", "Fa/P_6", {"Fa__P_6": "2026-11-20"}, {"Fa__P_6": "2026-11-19"}),
    ("DT-07", "Fa/OkresFa",
     {"Fa__P_6": "2026-11-19", "Fa__OkresFa": {"P_6_Od": "2026-11-01", "P_6_Do": "2026-11-19"}},
     {"Fa__OkresFa": {"P_6_Od": "2026-11-01", "P_6_Do": "2026-11-19"}}),
    ("DT-07", "Fa/P_6",
     {"Fa__P_6": "2026-11-19", "Fa__FaWiersz": [line(P_6A="2026-11-18")]},
     {"Fa__FaWiersz": [line(P_6A="2026-11-18")]}),
    ("DT-08", "Fa/OkresFa/P_6_Od",
     {"Fa__OkresFa": {"P_6_Od": "2026-11-02", "P_6_Do": "2026-11-01"}},
     {"Fa__OkresFa": {"P_6_Od": "2026-11-01", "P_6_Do": "2026-11-01"}}),
    ("DT-09", "Fa/P_1", {"Fa__P_6": "2026-09-30"}, {"Fa__P_6": "2026-10-31"} | {
        "Fa__P_1": "2026-11-15"}),
    ("DT-09", "Fa/P_1", {"Fa__P_6": "2025-12-31"}, ZW | {"Fa__P_6": "2026-09-30"}),
    ("DT-10", "Fa/P_1", {"Fa__P_6": "2027-01-20"}, {"Fa__P_6": "2027-01-19"}),
    ("DT-11", "Naglowek/DataWytworzeniaFa",
     {"Naglowek__DataWytworzeniaFa": "2026-11-20T10:00:00"},
     {"Naglowek__DataWytworzeniaFa": "2026-11-20T10:00:00Z"}),
    ("DT-12", "Fa/Platnosc/TerminPlatnosci[0]/Termin",
     {f"{PAY}__TerminPlatnosci": [{"Termin": "2026-11-19"}]},
     {f"{PAY}__TerminPlatnosci": [{"Termin": "2026-11-20"}]}),
    ("AM-01", "Fa/P_15", {"Fa__P_15": "123.02"}, {"Fa__P_15": "123.01"}),
    ("AM-02", "Fa/P_14_1", {"Fa__P_14_1": "23.02", "Fa__P_15": "123.02"},
     {"Fa__P_14_1": "23.01", "Fa__P_15": "123.01"}),
    ("AM-02", "Fa/P_14_1", {"Fa__P_13_1": "81.30", "Fa__P_14_1": "18.75"},
     {"Fa__P_13_1": "81.30", "Fa__P_14_1": "18.70"}),
    ("AM-03", "Fa/FaWiersz[0]/P_11", {"Fa__FaWiersz": [line(P_11="100.02")]},
     {"Fa__FaWiersz": [line(P_11="100.01")]}),
    ("AM-03", "Fa/FaWiersz[0]/P_11",
     {"Fa__FaWiersz": [line(P_8B="2", P_9A="60", P_10="15")]},
     {"Fa__FaWiersz": [line(P_8B="2", P_9A="60", P_10=each) for each in ("10", "20")]}),
    ("AM-04", "Fa/P_13_1", {"Fa__P_13_1": "101.00"}, {"Fa__FaWiersz": [GROSS_LINE]}),
    ("AM-05", "Fa/P_13_1",
     KOR | {"Fa__FaWiersz": [line(StanPrzed="1"), line(P_9A="80", P_11="80.00")]},
     KOR | {"Fa__FaWiersz": [line(StanPrzed="1"), line(P_9A="200", P_11="200.00")]}),
    ("AM-06", "Fa/FaWiersz[0]", {"Fa__FaWiersz": [line(P_11A="123.00")]},
     {"Fa__FaWiersz": [GROSS_LINE]}),
    ("AM-06", "Fa/FaWiersz", {"Fa__FaWiersz": [line(), GROSS_LINE]},
     {"Fa__FaWiersz": [line(), MARGIN_LINE], f"{NOTES}__PMarzy": MARGIN}),
    ("AM-08", "Fa/P_15", {"Fa__P_15": "-1.00"}, KOR | {"Fa__P_15": "-1.00"}),
    (
        "AM-09",
        "Fa/P_13_2",
        {"Fa__P_13_2": "5.00", "Fa__P_14_2": "0.40"},
        {"Fa__P_13_2": "0.00", "Fa__P_14_2": "0.00"},
    ),
    ("AM-09", "Fa/P_13_1", {"Fa__P_13_1": None, "Fa__P_14_1": None}, {"Fa__FaWiersz": None}),
    ("AM-10", "Fa/FaWiersz", {"Fa__FaWiersz": []}, ZAL),
    ("AM-11", "Fa/P_15", {"Fa__RodzajFaktury": "UPR", "Fa__P_15": "450.01"},
     {"Fa__RodzajFaktury": "UPR", "Fa__P_15": "450.00"}),
    ("AM-11", "Fa/P_15",
     {"Fa__RodzajFaktury": "UPR", "Fa__P_15": "100.01", "Fa__KodWaluty": "EUR"},
     {"Fa__RodzajFaktury": "UPR", "Fa__P_15": "100.00", "Fa__KodWaluty": "EUR"}),
    ("AM-12", "Fa/RodzajFaktury", {"Fa__RodzajFaktury": "UPR", BUYER: EU},
     {"Fa__RodzajFaktury": "UPR"}),
    ("AM-13", "Fa/P_15", {"Fa__P_15": "1,5"}, {"Fa__P_15": "-0.00"}),
    ("AM-13", "Fa/FaWiersz[0]/P_8B", {"Fa__FaWiersz": [line(P_8B="1E2")]},
     {"Fa__FaWiersz": [line(P_8B="0.000001")]}),
    ("AM-14", "Fa/Rozliczenie/DoZaplaty",
     {"Fa__Rozliczenie": {"Obciazenia": [{"Kwota": "7", "Powod": "x"}], "DoZaplaty": "123.00"}},
     {"Fa__Rozliczenie": {"Obciazenia": [{"Kwota": "7", "Powod": "x"}], "DoZaplaty": "130.00"}}),
    ("AM-14", "Fa/Rozliczenie/DoRozliczenia",
     {"Fa__Rozliczenie": {"SumaOdliczen": "160", "DoRozliczenia": "0.00"}},
     {"Fa__Rozliczenie": {"SumaOdliczen": "160", "DoRozliczenia": "37.00"}}),
    ("AM-14", "Fa/Rozliczenie",
     {"Fa__Rozliczenie": {"DoZaplaty": "123.00", "DoRozliczenia": "0"}},
     {"Fa__Rozliczenie": {"DoZaplaty": "123.00"}}),
    ("TX-02", "Fa/Adnotacje/Zwolnienie/P_19", ZW, ZW | {f"{NOTES}__Zwolnienie": EXEMPT}),
    ("TX-03", "Fa/Adnotacje/Zwolnienie", ZW | {f"{NOTES}__Zwolnienie": {"P_19": "1"}},
     ZW | {f"{NOTES}__Zwolnienie": EXEMPT}),
    ("TX-03", "Fa/Adnotacje/Zwolnienie",
     ZW | {f"{NOTES}__Zwolnienie": EXEMPT | {"P_19C": "inna"}},
     ZW | {f"{NOTES}__Zwolnienie": EXEMPT | {"P_19C": " "}}),
    ("TX-05", "Fa/Adnotacje/Zwolnienie/P_19", {f"{NOTES}__Zwolnienie": EXEMPT},
     ZW | {f"{NOTES}__Zwolnienie": EXEMPT}),
    ("TX-07", "Fa/Adnotacje/P_18", {f"{NOTES}__P_18": "1"},
     {f"{NOTES}__P_18": "1", "Fa__FaWiersz": [line(P_12="np I")]}),
    ("TX-08", "Fa/Adnotacje/P_18", {"Fa__P_13_10": "5.00"},
     {"Fa__P_13_10": "5.00", f"{NOTES}__P_18": "1"}),
    ("TX-09", "Fa/Adnotacje/P_18A", annex_15("15000.01"), annex_15("15000.00")),
    ("TX-09", "Fa/Adnotacje/P_18A",
     {"Fa__KodWaluty": "EUR", "Fa__P_15": "4000",
      "Fa__FaWiersz": [line(P_12_Zal_15="1", KursWaluty="4.35")]},
     annex_15("20000.00", **{f"{NOTES}__P_18A": "1"})),
    ("TX-10", "Fa/Platnosc/FormaPlatnosci",
     {f"{NOTES}__P_18A": "1", f"{PAY}__FormaPlatnosci": "1"},
     {f"{NOTES}__P_18A": "1", f"{PAY}__FormaPlatnosci": "6"}),
    ("TX-12", "Fa/Adnotacje/PMarzy", {f"{NOTES}__PMarzy": {"P_PMarzy": "1"}},
     {f"{NOTES}__PMarzy": MARGIN}),
    ("TX-12", "Fa/P_14_1", {f"{NOTES}__PMarzy": MARGIN, "Fa__FaWiersz": [MARGIN_LINE]},
     {f"{NOTES}__PMarzy": MARGIN, "Fa__FaWiersz": [MARGIN_LINE, line()]}),
    ("TX-14", "Fa/Adnotacje/NoweSrodkiTransportu", new_transport(), new_transport("1")),
    ("TX-14", "Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu[0]/P_NrWierszaNST",
     new_transport("2"), new_transport("1")),
    ("TX-15", "Fa/Adnotacje/P_23", {f"{NOTES}__P_23": "1"},
     {f"{NOTES}__P_23": "1", "Podmiot1__PrefiksPodatnika": "PL", BUYER: EU}),
    ("TX-16", "Fa/FaWiersz[0]/P_12", {"Fa__FaWiersz": [line(P_12="22")]},
     KOR | {"Fa__FaWiersz": [line(P_12="22")]}),
    ("TX-17", "Fa/FaWiersz[0]/P_12_XII", oss(P_12="23"), oss()),
    ("TX-18", "Fa/RodzajFaktury", ZAL | {"Fa__P_13_6_2": "5.00"}, ZAL),
    ("TX-22", "Podmiot2/DaneIdentyfikacyjne/NIP", {"Fa__FaWiersz": [line(P_12="0 EX")]},
     {"Fa__FaWiersz": [line(P_12="0 EX")], BUYER: {"KodKraju": "US", "NrID": "1", "Nazwa": "N"}}),
    ("FX-01", "Fa/P_14_1W", EUR | {"Fa__P_14_1W": None}, EUR),
    ("FX-02", "Fa/P_14_1W", {"Fa__P_14_1W": "23.00"}, EUR),
    ("FX-02", "Fa/FaWiersz[0]/KursWaluty", {"Fa__FaWiersz": [line(KursWaluty="1")]}, EUR),
    ("FX-04", "Fa/P_14_1W", EUR | {"Fa__P_14_1W": "100.07"}, EUR | {"Fa__P_14_1W": "100.06"}),
    ("FX-05", "Fa/KursWalutyZ", EUR | {"Fa__KursWalutyZ": "4.35"},
     EUR | ZAL | {"Fa__KursWalutyZ": "4.35"}),
    ("FX-07", "Fa/WarunkiTransakcji/WalutaUmowna",
     {"Fa__WarunkiTransakcji": {"KursUmowny": "4.35", "WalutaUmowna": "PLN"}},
     {"Fa__WarunkiTransakcji": {"KursUmowny": "4.35", "WalutaUmowna": "EUR"}}),
    ("FX-08", "Fa/KodWaluty", EUR | {"Fa__KodWaluty": "HRK"}, EUR),
    ("KO-01", "Fa/DaneFaKorygowanej", KOR | {"Fa__DaneFaKorygowanej": None}, KOR),
    ("KO-02", "Fa/DaneFaKorygowanej[0]",
     KOR | {"Fa__DaneFaKorygowanej": [{"NrKSeF": "1", "NrKSeFN": "1"}]},
     KOR | {"Fa__DaneFaKorygowanej": [{"NrKSeF": "1", "NrKSeFFaKorygowanej": KSEF}]}),
    ("KO-02", "Fa/DaneFaKorygowanej[0]", KOR | {"Fa__DaneFaKorygowanej": [{"NrKSeF": "1"}]}, KOR),
    ("KO-07", "Fa",
     KOR | {f"Fa__{name}": None for name in ("P_13_1", "P_14_1", "FaWiersz")} | {"Fa__P_15": "0"},
     KOR | {"Fa__P_15": "0", "Fa__FaWiersz": None}),
    # Rows before and after a correction that say the same.
    ("KO-07", "Fa",
     KOR | {"Fa__P_13_1": None, "Fa__P_14_1": None, "Fa__P_15": "0",
            "Fa__FaWiersz": [{"P_7": "Blat", "P_8B": "2", "StanPrzed": "1"},
                             {"P_7": "Blat", "P_8B": "2"}]},
     KOR | {"Fa__P_13_1": None, "Fa__P_14_1": None, "Fa__P_15": "0",
            "Fa__FaWiersz": [{"P_7": "Blat", "P_8B": "2", "StanPrzed": "1"},
                             {"P_7": "Blat dębowy", "P_8B": "2"}]}),
    ("KO-08", "Fa/PrzyczynaKorekty", KOR | {"Fa__PrzyczynaKorekty": None}, KOR),
    ("KO-11", "Fa/Podmiot2K[0]",
     KOR | {"Fa__Podmiot2K": [{"DaneIdentyfikacyjne": NIP}], BUYER: NIP, "Podmiot2__Adres": None},
     KOR | {"Fa__Podmiot2K": [{"DaneIdentyfikacyjne": NIP}]}),
    ("KO-12", "Fa/Podmiot2K[0]/IDNabywcy",
     KOR | {"Fa__Podmiot2K": [{"DaneIdentyfikacyjne": NIP, "IDNabywcy": "1"}]},
     KOR | {"Fa__Podmiot2K": [{"DaneIdentyfikacyjne": NIP, "IDNabywcy": "1"}],
            "Podmiot2__IDNabywcy": "1"}),
    ("KO-13", "Fa/P_15ZK", KOR | {"Fa__RodzajFaktury": "KOR_ZAL"},
     KOR | {"Fa__RodzajFaktury": "KOR_ZAL", "Fa__P_15ZK": "5.00"}),
    ("KO-14", "Fa/FaWiersz[0]/StanPrzed", {"Fa__FaWiersz": [line(StanPrzed="1")]},
     KOR | {"Fa__FaWiersz": [line(StanPrzed="1")]}),
    ("AD-01", "Fa/Zamowienie", ZAL | {"Fa__Zamowienie": None}, ZAL),
    ("AD-02", "Fa/FaWiersz", ZAL | {"Fa__FaWiersz": [line()]}, ZAL),
    ("AD-03", "Fa/Zamowienie/WartoscZamowienia",
     ZAL | {"Fa__Zamowienie": ORDER | {"ZamowienieWiersz": [{"P_11NettoZ": "100"}]}},
     ZAL | {"Fa__Zamowienie": ORDER | {
         "ZamowienieWiersz": [{"P_11NettoZ": "100", "P_11VatZ": "23"}]}}),
    ("AD-05", "Fa/P_6", ZAL | {f"{PAY}__DataZaplaty": "2026-11-19"},
     ZAL | {f"{PAY}__DataZaplaty": "2026-11-19", "Fa__P_6": "2026-11-19"}),
    ("AD-06", "Fa/FakturaZaliczkowa", {"Fa__RodzajFaktury": "ROZ"},
     {"Fa__RodzajFaktury": "ROZ",
      "Fa__ZaliczkaCzesciowa": [{"P_6Z": "2026-11-01", "P_15Z": "5"}]}),
    ("AD-07", "Fa/FakturaZaliczkowa[0]", {"Fa__FakturaZaliczkowa": [{"NrKSeFZN": "1"}]},
     {"Fa__FakturaZaliczkowa": [{"NrKSeFZN": "1", "NrFaZaliczkowej": "1"}]}),
    ("AD-07", "Fa/FakturaZaliczkowa[0]", {"Fa__FakturaZaliczkowa": [{}]},
     {"Fa__FakturaZaliczkowa": [{"NrKSeFFaZaliczkowej": KSEF}]}),
    ("AD-09", "Fa/ZaliczkaCzesciowa", ZAL | {"Fa__ZaliczkaCzesciowa": [{"P_15Z": "5"}]},
     ZAL | {"Fa__ZaliczkaCzesciowa": [{"P_15Z": "100"}, {"P_15Z": "23.00"}]}),
    ("TF-02", "Fa/P_2", {"Fa__P_2": "a\x86"}, {"Fa__P_2": "a\x85\u00a0ł🧾"}),
    ("TF-02", "Fa/FaWiersz[0]/P_7", {"Fa__FaWiersz": [line(P_7="\ufdd0")]}, {}),
    ("TF-02", "Fa/P_2", {"Fa__P_2": "\U0001ffff"}, {"Fa__P_2": "\U0001fffd"}),
    ("TF-05", "Naglowek/KodFormularza", {"Naglowek__KodFormularza": "FA"}, {}),
    ("TF-05", "Naglowek/WariantFormularza", {"Naglowek__WariantFormularza": "2"}, {}),
    ("TF-07", "Zalacznik/BlokDanych[0]/Tabela[0]/Wiersz[0]", table_row(3), table_row(2)),
    ("TF-08", "Fa/P_2", {"Fa__P_2": KSEF}, {"Fa__P_2": KSEF[:30]}),
    ("PY-01", "Fa/Platnosc/DataZaplaty", {PAY: {"Zaplacono": "1"}},
     {PAY: {"Zaplacono": "1", "DataZaplaty": "2026-11-20"}}),
    ("PY-01", "Fa/Platnosc/ZnacznikZaplatyCzesciowej",
     {PAY: {"Zaplacono": "1", "DataZaplaty": "2026-11-20", "ZnacznikZaplatyCzesciowej": "1"}},
     {PAY: {"ZnacznikZaplatyCzesciowej": "1"}}),
    ("PY-02", "Fa/Platnosc/ZaplataCzesciowa",
     {PAY: {"ZaplataCzesciowa": [{"KwotaZaplatyCzesciowej": "123.01"}]}},
     {PAY: {"ZaplataCzesciowa": [{"KwotaZaplatyCzesciowej": "123.00"}]}}),
    ("PY-03", "Fa/Platnosc/RachunekBankowy", {PAY: {"FormaPlatnosci": "6"}},
     {PAY: {"FormaPlatnosci": "6", "RachunekBankowy": [{"NrRB": NRB}]}}),
    ("PY-05", "Fa/Platnosc/Skonto/WysokoscSkonta", {PAY: {"Skonto": {"WarunkiSkonta": "x"}}},
     {PAY: {"Skonto": {"WarunkiSkonta": "x", "WysokoscSkonta": "2%"}}}),
    ("PY-06", "Fa/Platnosc/FormaPlatnosci",
     {PAY: {"FormaPlatnosci": "1"}, "Fa__P_15": "15000.01"},
     {PAY: {"FormaPlatnosci": "1"}, "Fa__P_15": "15000.00"}),
    ("LG-01", "Fa/FaWiersz[0]/P_7", {"Fa__FaWiersz": [line(P_7=None)]},
     KOR | {"Fa__FaWiersz": [line(P_7=None)]}),
    ("LG-02", "Fa/FaWiersz[0]/P_8A", {"Fa__FaWiersz": [line(P_8A=None)]},
     {"Fa__FaWiersz": [line(P_8A=None)], "Fa__RodzajFaktury": "UPR"}),
    ("LG-02", "Fa/FaWiersz[0]/P_9A", {"Fa__FaWiersz": [line(P_9A=None)]},
     {"Fa__FaWiersz": [GROSS_LINE]}),
    ("LG-03", "Fa/FaWiersz[0]/P_12", {"Fa__FaWiersz": [line(P_12=None)]}, oss()),
    ("LG-03", "Fa/FaWiersz[0]/P_12", {"Fa__FaWiersz": [line(P_12=None)]},
     {"Fa__FaWiersz": [line(P_12=None)], f"{NOTES}__Zwolnienie": EXEMPT}),
    ("ID-13", "Podmiot3[0]/DaneIdentyfikacyjne/Nazwa",
     party(Rola="11", DaneIdentyfikacyjne={"BrakID": "1"}),
     party(Rola="11", DaneIdentyfikacyjne={"BrakID": "1", "Nazwa": "Jan"})),
    ("ID-16", "Podmiot2/DaneIdentyfikacyjne/KodUE",
     {BUYER: EU | {"KodUE": "GR"}}, {BUYER: EU | {"KodUE": "EL"}}),
    ("DT-07", "Fa/FaWiersz[0]/P_6A",
     {"Fa__FaWiersz": [line(P_6A="2026-11-18"), line(2, P_6A="2026-11-18")]},
     {"Fa__FaWiersz": [line(P_6A="2026-11-18"), line(2, P_6A="2026-11-17")]}),
    ("AM-03", "Fa/FaWiersz[0]/P_11",
     {"Fa__FaWiersz": [line(P_8B="1000", P_9A="0.33", P_11="335.01")]},
     {"Fa__FaWiersz": [line(P_8B="1000", P_9A="0.33", P_11="334.90")]}),
    ("AM-14", "Fa/Rozliczenie/SumaObciazen",
     settled(SumaObciazen="8", DoZaplaty="131"), settled(SumaObciazen="7", DoZaplaty="130")),
    ("TX-08", "Fa/Adnotacje/P_18", {"Fa__FaWiersz": [line(P_12="oo")]},
     {"Fa__FaWiersz": [line(P_12="oo")], f"{NOTES}__P_18": "1"}),
    ("TX-08", "Fa/Adnotacje/P_18", {"Fa__FaWiersz": [line(P_12="np II")]},
     {"Fa__FaWiersz": [line(P_12="np II")], f"{NOTES}__P_18": "1"}),
    ("TX-08", "Fa/Adnotacje/P_18", {"Fa__FaWiersz": [line(P_12="np I")], BUYER: EU},
     {"Fa__FaWiersz": [line(P_12="np I")], BUYER: {"BrakID": "1", "Nazwa": "Jan"}}),
    ("TX-11", "Fa/FaWiersz[0]/P_12_Zal_15", likely_annex_15("15000.01", GTU="GTU_06"),
     likely_annex_15("15000.00", GTU="GTU_06")),
    ("TX-11", "Fa/FaWiersz[0]/P_12_Zal_15", likely_annex_15("20000", PKWiU="41.00.40.0"),
     likely_annex_15("20000", PKWiU="62.01.11.0", GTU="GTU_12")),
    ("TX-12", "Fa/FaWiersz[0]",
     {f"{NOTES}__PMarzy": MARGIN, "Fa__FaWiersz": [MARGIN_LINE | {"P_11": "100.00"}]},
     {f"{NOTES}__PMarzy": MARGIN, "Fa__FaWiersz": [MARGIN_LINE]}),
    ("TX-14", "Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu[0]/P_22A",
     new_transport("1", since="2026-11-21"), new_transport("1", since="2026-11-20")),
    ("TX-21", "Fa/FP", ZAL | {"Fa__FP": "1"}, {"Fa__FP": "1"}),
    ("TX-23", "Podmiot2/DaneIdentyfikacyjne",
     {"Fa__FaWiersz": [line(P_12="oo")], BUYER: EU}, {"Fa__FaWiersz": [line(P_12="oo")]}),
    ("CR-01", "Fa/FP", {"Fa__FP": "1"},
     {"Fa__FP": "1", BUYER: {"BrakID": "1", "Nazwa": "Jan"}}),
    ("CR-01", "Fa/FP",
     {"Fa__FP": "1", BUYER: {"BrakID": "1", "Nazwa": "Jan"}, "Fa__P_6": "2026-07-31"},
     {"Fa__FP": "1", BUYER: {"BrakID": "1", "Nazwa": "Jan"}, "Fa__P_6": "2026-08-01"}),
    ("FX-05", "Fa/FaWiersz[0]/KursWaluty", EUR | {"Fa__FaWiersz": [line()]}, EUR),
    ("FX-05", "Fa/KursWalutyZ", EUR | ZAL, EUR | ZAL | {"Fa__KursWalutyZ": "4.35"}),
    ("KO-09", "Fa/TypKorekty", KOR, KOR | {"Fa__TypKorekty": "2"}),
    ("KO-10", "Fa/Podmiot2K[0]/DaneIdentyfikacyjne/NIP",
     KOR | former_buyers({"DaneIdentyfikacyjne": NIP | {"NIP": "7740001454"}}),
     KOR | former_buyers({"DaneIdentyfikacyjne": NIP})),
    ("KO-10", "Fa/Podmiot2K[0]/DaneIdentyfikacyjne/NIP",
     KOR | former_buyers({"DaneIdentyfikacyjne": NIP | {"NIP": "7740001454"}}),
     KOR | former_buyers({"DaneIdentyfikacyjne": NIP | {"NIP": "7740001454"}})
     | party(Rola="4", DaneIdentyfikacyjne=NIP | {"NIP": "7740001454"})),
    ("KO-10", "Fa/Podmiot1K/DaneIdentyfikacyjne/NIP",
     KOR | {"Fa__Podmiot1K": {"DaneIdentyfikacyjne": NIP}},
     KOR | {"Fa__Podmiot1K": {"DaneIdentyfikacyjne": NIP | {"NIP": "5265877635"}}}),
    # The key says whose former data they are: a number of another buyer of now does not help.
    ("KO-10", "Fa/Podmiot2K[0]/DaneIdentyfikacyjne/NIP",
     KOR | former_buyers({"DaneIdentyfikacyjne": NIP, "IDNabywcy": "2"})
     | party(Rola="4", IDNabywcy="2", DaneIdentyfikacyjne=NIP | {"NIP": "7740001454"}),
     KOR | former_buyers({"DaneIdentyfikacyjne": NIP, "IDNabywcy": "2"})
     | party(Rola="4", IDNabywcy="2", DaneIdentyfikacyjne=NIP)),
    ("KO-11", "Fa/Podmiot2K[0]",
     KOR | former_buyers({"DaneIdentyfikacyjne": NIP, "IDNabywcy": "2"})
     | party(Rola="4", IDNabywcy="2", DaneIdentyfikacyjne=NIP),
     KOR | former_buyers({"DaneIdentyfikacyjne": NIP, "IDNabywcy": "2"})
     | party(Rola="4", IDNabywcy="2", DaneIdentyfikacyjne=NIP | {"Nazwa": "Bar Lipa"})),
    ("KO-12", "Fa/Podmiot2K[1]/IDNabywcy",
     KOR | former_buyers({"IDNabywcy": "1"}, {}) | {"Podmiot2__IDNabywcy": "1"},
     KOR | former_buyers({})),
    ("KO-14", "Fa/PrzyczynaKorekty", KOR | {"Fa__RodzajFaktury": "VAT"}, KOR),
    ("KO-14", "Fa/P_15ZK", {"Fa__P_15ZK": "5.00"}, KOR | {"Fa__P_15ZK": "5.00"}),
    ("KO-16", "Fa/OkresFaKorygowanej", KOR | TWO | {"Fa__FaWiersz": None},
     KOR | TWO | {"Fa__FaWiersz": None, "Fa__OkresFaKorygowanej": "I półrocze 2026"}),
    ("KO-16", "Fa/OkresFaKorygowanej",
     KOR | TWO | {"Fa__FaWiersz": [{"NrWierszaFa": "1", "P_7": "N"}]}, KOR | TWO),
    ("KO-18", "Fa/NrFaKorygowany", KOR | {"Fa__NrFaKorygowany": "1"},
     KOR | {"Fa__NrFaKorygowany": "2"}),
    ("KO-19", "Fa/FaWiersz[1]",
     KOR | {"Fa__FaWiersz": [line(StanPrzed="1"), line(P_9A="-80", P_11="-80.00")]},
     KOR | {"Fa__FaWiersz": [line(StanPrzed="1"), line(P_9A="80", P_11="80.00")]}),
    ("AD-01", "Fa/Zamowienie", ZAL | {"Fa__RodzajFaktury": "KOR_ZAL", "Fa__Zamowienie": None},
     ZAL | {"Fa__RodzajFaktury": "KOR_ZAL"}),
    ("AD-04", "Fa/P_14_1", ZAL | {"Fa__P_13_1": "100.00", "Fa__P_14_1": "25.00"}, ZAL),
    ("AD-08", "Fa/P_15", ROZ, ROZ | {"Fa__P_15": "23.00"}),
    ("AD-08", "Fa/P_15", ROZ | {"Fa__FaWiersz": [GROSS_LINE]},
     ROZ | {"Fa__FaWiersz": [line(P_12=None)]}),
    ("AD-09", "Fa/ZaliczkaCzesciowa",
     {"Fa__RodzajFaktury": "ROZ", "Fa__ZaliczkaCzesciowa": [{"P_15Z": "124.00"}]},
     {"Fa__RodzajFaktury": "ROZ", "Fa__ZaliczkaCzesciowa": [{"P_15Z": "100.00"}]}),
    ("AD-10", "Fa/P_15", ZAL | {"Fa__P_15": "123.01"}, ZAL | {"Fa__P_15": "123.00"}),
    ("TF-07", "Zalacznik/BlokDanych[0]/Tabela[0]/Suma", table_row(2, 3), table_row(2, 2)),
    ("TF-10", "Fa/FaWiersz[0]/P_7", {"Fa__FaWiersz": [line(P_7="stół\r\ndębowy")]},
     {"Fa__FaWiersz": [line(P_7="\n stół  dębowy \t")],
      "Stopka": {"Informacje": [{"StopkaFaktury": "a\nb"}]}}),
    ("PY-07", "Fa/Platnosc/ZnacznikZaplatyCzesciowej",
     paid_in_parts("1", "100", "23"), paid_in_parts("1", "100", "22.99")),
    ("PY-07", "Fa/Platnosc/ZnacznikZaplatyCzesciowej",
     paid_in_parts("2", "123"), paid_in_parts("2", "100", "23")),
    ("LG-02", "Fa/FaWiersz[0]/P_8A", {"Fa__FaWiersz": [line(P_8A=None)]},
     {"Fa__FaWiersz": [line(P_8A=None)]} | table_row(2)),
    ("LG-04", "Fa/FaWiersz", KOR | {"Fa__FaWiersz": None}, KOR),
    ("LG-05", "Fa/DodatkowyOpis[0]/NrWiersza", note_about("2"), note_about("1")),
    ("LG-05", "Fa/DodatkowyOpis[0]/NrWiersza", ZAL | note_about("7"), ZAL | note_about("1")),
    ("LG-06", "Fa/FaWiersz[1]/NrWierszaFa", {"Fa__FaWiersz": [line(1), line(1)]},
     KOR | {"Fa__FaWiersz": [line(1, StanPrzed="1"), line(1)]}),
    ("LG-06", "Fa/FaWiersz[0]/NrWierszaFa", {"Fa__FaWiersz": [line(1), line(3)]},
     {"Fa__FaWiersz": [line(1), line("02")]}),
]  # fmt: skip


def rows_of(problem: Problem) -> list[str]:
    """The rows of the table whose text the problem has: "TX-12a" and "TX-12" share a rule."""
    return [
        row
        for row, entry in table().items()
        if row.rstrip("abcd") == problem.rule and _has_text(entry["pl"], problem.pl)
    ]


def _has_text(template: str, text: str) -> bool:
    pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(template))
    return re.fullmatch(pattern, text, re.DOTALL) is not None
