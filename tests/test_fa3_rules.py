"""Every rule with an invoice that triggers it and one, as near as may be, that does not."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices import fa3
from invoices.fa3.rules import check
from invoices.fa3.rules.finding import table
from tests.fa3_support import TODAY, RandomTree, invoice, line, needs_samples, sample_files

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


def new_transport(*numbers: str) -> dict:
    vehicles = [{"P_22A": "2026-01-01", "P_NrWierszaNST": n, "P_22B": "5"} for n in numbers]
    value = {"P_22": "1", "P_42_5": "2"} | ({"NowySrodekTransportu": vehicles} if vehicles else {})
    return {f"{NOTES}__NoweSrodkiTransportu": value}


def table_row(cells: int) -> dict:
    columns = [{"@Typ": "txt", "NKom": "a"}, {"@Typ": "txt", "NKom": "b"}]
    made = {"TNaglowek": {"Kol": columns}, "Wiersz": [{"WKom": ["x"] * cells}]}
    return {"Zalacznik": {"BlokDanych": [{"Tabela": [made]}]}}


def account(number: str, **changes) -> dict:
    return {f"{PAY}__RachunekBankowy": [{"NrRB": number} | changes]}


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
    ("AM-09", "Fa/P_13_2", {"Fa__P_13_2": "0.00", "Fa__P_14_2": "0.00"}, {}),
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
]  # fmt: skip


def found(changes: dict, **circumstances) -> list[fa3.Problem]:
    circumstances = {"today": TODAY, "environment": "production"} | circumstances
    return check(invoice(**changes), **circumstances)


def named(problems: list[fa3.Problem]) -> set[tuple[str, str]]:
    return {(problem.rule, problem.path) for problem in problems}


def test_an_ordinary_invoice_offends_no_rule():
    assert found({}) == []


@pytest.mark.parametrize(("rule", "path", "bad", "good"), CASES)
def test_a_rule_fires_where_it_should_and_only_there(rule, path, bad, good):
    assert (rule, path) in named(found(bad))
    assert (rule, path) not in named(found(good))


def test_every_rule_of_the_table_has_a_case():
    tested = {case[0] for case in CASES} | {"TF-03"}
    assert {rule.rstrip("abc") for rule in table()} == tested


def test_every_text_is_short_and_in_two_languages():
    for rule, row in table().items():
        assert row["severity"] in {"block", "warn", "hint"}, rule
        assert 10 < len(row["pl"]) < 200, rule
        assert row["pl"] != row["en"], rule


def test_a_wrong_checksum_blocks_in_production_only():
    bad = {f"{BUYER}__NIP": "1234567890"}
    assert [p.severity for p in found(bad)] == ["block"]
    for environment in ("simulator", "test", "demo"):
        assert [p.severity for p in found(bad, environment=environment)] == ["warn"]


def test_the_buyers_missing_data_only_warn_on_a_correction():
    severities = {p.severity for p in found(KOR | {"Podmiot2__Adres": None}) if p.rule == "ID-07"}
    assert severities == {"warn"}


def test_the_day_of_sending_decides_about_backdating():
    tomorrow = TODAY + timedelta(days=1)
    assert named(found({}, sending_on=tomorrow)) == {("DT-02", "Fa/P_1")}
    assert found({}, sending_on=TODAY) == []


def test_a_creation_time_ahead_of_the_clock_is_seen():
    now = datetime(2026, 11, 20, 10, tzinfo=UTC)
    made = {"Naglowek__DataWytworzeniaFa": "2026-11-20T10:06:00Z"}
    assert named(found(made, now=now)) == {("DT-11", "Naglowek/DataWytworzeniaFa")}
    assert found(made, now=now + timedelta(minutes=2)) == []


def test_a_finding_quotes_the_amounts():
    (problem,) = found({"Fa__P_15": "125.00"})
    assert "125.00" in problem.pl
    assert "123.00" in problem.en


def test_many_warnings_do_not_hide_a_block():
    lines = [line(n, P_11="1.00") for n in range(1, 200)] + [line(200, P_7=None)]
    problems = found({"Fa__FaWiersz": lines})
    assert ("LG-01", "Fa/FaWiersz[199]/P_7") in named(problems)
    assert len(problems) < 110


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_any_valid_tree_can_be_checked(seed):
    made = RandomTree(seed, 0.4).make()
    assert isinstance(check(made, today=TODAY, environment="test"), list)


_names = ["Fa", "Podmiot2", "Podmiot3", "FaWiersz", "P_1", "P_15", "P_12", "Platnosc", "Adnotacje"]
_json = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.sampled_from(["1", "2026-11-20", "23"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*_names, "DaneIdentyfikacyjne", "NIP", "Stopka"]), inner)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(_names), _json))
def test_no_tree_however_broken_raises(broken):
    assert isinstance(check(broken, today=TODAY, environment="test"), list)


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_no_official_sample_is_blocked_and_few_are_warned_about(path):
    made = fa3.parse(path.read_bytes())
    issued = date.fromisoformat(made["Fa"]["P_1"])
    problems = check(made, today=issued, environment="production")
    assert fa3.blocking(problems) == []
    assert {p.rule for p in problems if p.severity == "warn"} <= {"DT-09", "LG-02"}
