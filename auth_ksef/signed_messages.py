"""What people read about a file signed in another program: what is wrong, and what to do next."""

from auth_ksef.messages import Pair

# Why a file is not sent to KSeF. The challenge stays: the same page takes the right file.
STOPPED: dict[str, Pair] = {
    "empty": (
        "Wybierz plik, który podpisał Twój program.",
        "Choose the file that your program has signed.",
    ),
    "too-big": (
        "Ten plik jest za duży na podpisane żądanie logowania. Wybierz plik XML, który powstał "
        "po podpisaniu.",
        "This file is too large for a signed login request. Choose the XML file that signing made.",
    ),
    "not-xml": (
        "Tego pliku nie da się odczytać jako XML: {pl} Wybierz plik XML, który powstał po "
        "podpisaniu, bez żadnych zmian.",
        "This file cannot be read as XML: {en} Choose the XML file that signing made, unchanged.",
    ),
    "format-pdf": (
        "To jest plik PDF. KSeF przyjmuje podpis w formacie XAdES: pobierz stąd plik XML i "
        "podpisz właśnie ten plik.",
        "This is a PDF file. KSeF takes signatures in the XAdES format: download the XML file "
        "here and sign that very file.",
    ),
    "format-zip": (
        "To jest archiwum (ZIP albo ASiC). Podpisz jeszcze raz i wybierz w programie podpis XAdES "
        "otoczony (enveloped), bez pakowania.",
        "This is an archive (ZIP or ASiC). Sign again and choose an enveloped XAdES signature, "
        "without packing.",
    ),
    "format-cades": (
        "To jest podpis w formacie CAdES (pliki .p7m, .p7s, .sig). Podpisz jeszcze raz i wybierz "
        "w programie format XAdES, otoczony (enveloped) albo otaczający (enveloping).",
        "This is a signature in the CAdES format (files .p7m, .p7s, .sig). Sign again and choose "
        "the XAdES format, enveloped or enveloping.",
    ),
    "unsigned": (
        "To plik pobrany stąd, jeszcze bez podpisu. Podpisz go w swoim programie i wczytaj plik, "
        "który powstał po podpisaniu.",
        "This is the file as it was downloaded, without a signature. Sign it in your program and "
        "upload the file that signing made.",
    ),
    "no-signature": (
        "W tym pliku nie ma podpisu. Wczytaj plik XML, który powstał po podpisaniu.",
        "There is no signature in this file. Upload the XML file that signing made.",
    ),
    "requests": (
        "W tym pliku są dwa różne żądania logowania (AuthTokenRequest). Podpisz plik pobrany w "
        "kroku 1, sam jeden.",
        "This file holds two different login requests (AuthTokenRequest). Sign the file downloaded "
        "in step 1, alone.",
    ),
    "no-request": (
        "Podpisano inny dokument niż żądanie logowania (AuthTokenRequest). Pobierz plik w kroku 1 "
        "i podpisz właśnie ten.",
        "Another document was signed, not the login request (AuthTokenRequest). Download the file "
        "in step 1 and sign that one.",
    ),
    "detached": (
        "Podpis jest w osobnym pliku albo obok dokumentu (detached, zewnętrzny), a takiego KSeF "
        "nie przyjmuje. Podpisz jeszcze raz i wybierz w programie podpis otoczony (enveloped) "
        "albo otaczający (enveloping).",
        "The signature stands outside the document (detached), which KSeF does not take. Sign "
        "again and choose an enveloped or enveloping signature.",
    ),
    "challenge": (
        "To podpisane żądanie z innym wyzwaniem niż obecne. Jeśli od pobrania naciśnięto „Nowe "
        "wyzwanie”, pobierz plik jeszcze raz, podpisz go i wczytaj.",
        "This signed request has another challenge than the present one. If “New challenge” was "
        "pressed after downloading, download the file again, sign it and upload it.",
    ),
    "context": (
        "To podpisane żądanie jest dla {given}, a logujesz się do {wanted}. Pobierz plik w "
        "kroku 1 i podpisz właśnie ten.",
        "This signed request is for {given}, but you are logging in to {wanted}. Download the "
        "file in step 1 and sign that one.",
    ),
    "late": (
        "Wyzwanie wygasło o {time}, więc KSeF nie przyjąłby tego pliku. Naciśnij „Nowe wyzwanie”, "
        "pobierz nowy plik i podpisz go.",
        "The challenge ended at {time}, so KSeF would not take this file. Press “New challenge”, "
        "download the new file and sign it.",
    ),
    "not-waiting": (
        "To logowanie nie czeka już na plik: {state}. Odśwież stronę.",
        "This login no longer waits for a file: {state}. Reload the page.",
    ),
    "foreign-context": (
        "Logować się można tylko w kontekście tej firmy: identyfikator zaczyna się od NIP {nip}.",
        "You can log in only for this company: the identifier begins with NIP {nip}.",
    ),
    "bad-ips": (
        "Adresy IP zapisz każdy w osobnym wierszu: jeden adres (192.0.2.1), zakres "
        "(192.0.2.1-192.0.2.9) albo maska (192.0.2.0/24), najwyżej dziesięć każdego rodzaju.",
        "Write each IP address in a line of its own: an address (192.0.2.1), a range "
        "(192.0.2.1-192.0.2.9) or a mask (192.0.2.0/24), at most ten of each kind.",
    ),
    "not-sent": (
        "Pliku nie udało się wysłać: {pl}. Wyzwanie jest ważne do {time}, spróbuj jeszcze raz.",
        "The file could not be sent: {en}. The challenge is good until {time}, try again.",
    ),
}

# What became of a file after it left, where KSeF's own number does not say it.
AFTERWARDS: dict[str, Pair] = {
    "unknown": (
        "Plik został wysłany, ale KSeF nie potwierdził, że go dostał. Naciśnij „Nowe wyzwanie” i "
        "podpisz jeszcze raz: stare wyzwanie nic już nie zmieni.",
        "The file was sent, but KSeF did not confirm that it arrived. Press “New challenge” and "
        "sign once more: the old challenge can change nothing any more.",
    ),
    "lost-tokens": (
        "KSeF przyjął podpis, ale jego odpowiedź z tokenem dostępu do nas nie dotarła, a wydaje "
        "ją tylko raz. Naciśnij „Nowe wyzwanie” i podpisz jeszcze raz.",
        "KSeF accepted the signature, but its answer with the access token did not reach us, and "
        "it is given only once. Press “New challenge” and sign once more.",
    ),
}

# What the check here remarks. It stops nothing: KSeF decides.
ADVICE: dict[str, Pair] = {
    "unknown": (
        "Nie umiemy tu sprawdzić: {name}. Plik wysłaliśmy, oceni go KSeF.",
        "We cannot evaluate this here: {name}. The file was sent all the same, KSeF decides.",
    ),
    "unlisted": (
        "Tego algorytmu nie ma na liście KSeF: {name}.",
        "This algorithm is not on KSeF's list: {name}.",
    ),
    "digest": (
        "Skrót w podpisie nie zgadza się z treścią pliku: po podpisaniu coś go zmieniło.",
        "The digest in the signature does not match the file: something changed it after signing.",
    ),
    "value": (
        "Wartość podpisu nie zgadza się z certyfikatem z pliku.",
        "The value of the signature does not match the certificate in the file.",
    ),
    "uncovered": (
        "Podpis nie obejmuje żądania logowania.",
        "The signature does not cover the login request.",
    ),
    "several": (
        "W pliku jest więcej niż jeden podpis. KSeF przyjmuje jeden.",
        "There is more than one signature in the file. KSeF takes one.",
    ),
    "no-certificate": (
        "W podpisie nie ma certyfikatu, który dałoby się odczytać.",
        "The signature holds no certificate that could be read.",
    ),
    "expired": (
        "Certyfikat podpisu wygasł {day}.",
        "The signing certificate expired on {day}.",
    ),
    "early": (
        "Certyfikat podpisu jest ważny dopiero od {day}.",
        "The signing certificate is not valid before {day}.",
    ),
    "trusted": (
        "To podpis zaufany: certyfikat należy do jego systemu, a nie do Ciebie. Kim jesteś, KSeF "
        "czyta z danych w podpisie.",
        "This is podpis zaufany: the certificate is its system's, not yours. Who you are, KSeF "
        "reads from the data inside the signature.",
    ),
    "no-identifier": (
        "W certyfikacie nie ma numeru PESEL ani NIP. KSeF pozna Cię tylko po odcisku certyfikatu: "
        "zacznij logowanie od nowa i wybierz „po odcisku certyfikatu”.",
        "The certificate holds no PESEL and no NIP. KSeF can know you only by the certificate's "
        "fingerprint: start the login again and choose “by the certificate's fingerprint”.",
    ),
    "subject-type": (
        "Plik mówi o innym sposobie rozpoznania osoby niż wybrany tutaj.",
        "The file names another way of telling who signs than the one chosen here.",
    ),
}
