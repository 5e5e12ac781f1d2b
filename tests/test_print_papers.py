"""Papers without a KSeF number: both codes on the page, marks, and what must not stand there."""

import base64
import hashlib

import pypdfium2
import pytest
import zxingcpp

from invoices.models import Submission
from invoices.render import confirmation, labels, pdf, qr
from tests.render_support import (
    KSEF_NUMBER,
    LINK,
    arguments,
    invoice,
    needs_pdf,
    page_texts,
    squeezed,
)
from tests.render_support import printed as made

pytestmark = needs_pdf

HEAD = LINK.replace("/invoice/1111111111/01-02-2026/", "/certificate/Nip/1111111111/1111111111/")


def kod2_link(size: int) -> str:
    """An address with a signature of that many bytes: 64 is EC P-256, 256 is RSA 2048."""
    noise = b"".join(hashlib.sha256(bytes([at])).digest() for at in range(size // 32))
    signature = base64.urlsafe_b64encode(noise).rstrip(b"=").decode()
    digest = LINK.rpartition("/")[2]
    return f"{HEAD.rpartition('/')[0]}/01F20A5D352AE590/{digest}/{signature}"


EC, RSA, RSA_4096 = kod2_link(64), kod2_link(256), kod2_link(512)
SENTENCES = ["Fakturę wystawiono w trybie offline24.", "Sprzedawca prześle ją do KSeF."]


def printed(**changes) -> bytes:
    return made(invoice(), **{"state": "offline", "mode": "offline24", "kod2_link": EC, **changes})


def confirmed(tree=None, **changes) -> bytes:
    options = {
        "language": "pl",
        "link": LINK,
        "kod2_link": EC,
        "environment": "production",
        "sentences": SENTENCES,
    }
    return confirmation.confirmation_pdf(tree or invoice(), **options | changes)


def texts(data: bytes) -> str:
    return "".join(page_texts(data))


def read(data: bytes, dpi: int) -> list[str]:
    """The codes on the whole last page."""
    document = pypdfium2.PdfDocument(data)
    page = document[len(document) - 1].render(scale=dpi / 72).to_pil()
    return sorted(code.text for code in zxingcpp.read_barcodes(page))


@pytest.mark.parametrize("link", [EC, RSA], ids=["ec", "rsa"])
@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
def test_both_codes_of_the_offline_invoice_read_on_the_whole_page(link, dpi):
    assert read(printed(kod2_link=link), dpi) == sorted([LINK, link])


@pytest.mark.parametrize("link", [EC, RSA], ids=["ec", "rsa"])
@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
def test_both_codes_of_the_confirmation_read_on_the_whole_page(link, dpi):
    assert read(confirmed(kod2_link=link), dpi) == sorted([LINK, link])


def test_the_longest_key_that_fits_still_reads():
    assert read(printed(kod2_link=RSA_4096), 150) == sorted([LINK, RSA_4096])


@pytest.mark.parametrize("link", [LINK, EC, RSA, RSA_4096])
def test_a_module_has_at_least_half_a_millimetre(link):
    assert qr.side_mm(link) / qr.modules(link) >= qr.LEAST_MODULE_MM


def test_what_would_be_too_dense_is_refused():
    with pytest.raises(qr.CodeTooDense):
        qr.side_mm("x" * 1500)
    with pytest.raises(qr.CodeTooDense):
        printed(kod2_link=kod2_link(1024))


def test_the_codes_on_paper_are_as_large_as_computed():
    page = pypdfium2.PdfDocument(printed(kod2_link=RSA))[0]
    images = [item.get_bounds() for item in page.get_objects() if item.type == 3]
    sides = sorted((right - left) / 72 * 25.4 for left, _, right, _ in images)
    assert sides == pytest.approx([36, qr.side_mm(RSA)], abs=0.2)


def test_the_codes_carry_level_m():
    page = pypdfium2.PdfDocument(printed())[0].render(scale=200 / 72).to_pil()
    assert [code.ec_level for code in zxingcpp.read_barcodes(page)] == ["M", "M"]


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("paper", [printed, confirmed])
def test_labels_and_both_links_stand_as_text(paper, language):
    text = texts(paper(language=language))
    for wanted in ("OFFLINE", "CERTYFIKAT", LINK, EC):
        assert squeezed(wanted) in text


def test_an_offline_invoice_names_its_mode_and_no_number():
    text = texts(printed(ksef_number=KSEF_NUMBER))
    assert "Tryboffline24" in text
    assert squeezed(KSEF_NUMBER) not in text


@pytest.mark.parametrize("mode", sorted({*Submission.Mode.values} - {"poza"}))
@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_mode_has_its_name_on_paper(mode, language):
    """An online one may be left outside KSeF by a total failure, and is then printed so too.

    What a person leaves outside KSeF has neither code nor mode on paper: test_outside.py.
    """
    html = pdf.invoice_html(
        invoice(), **arguments(state="offline", mode=mode, kod2_link=EC, language=language)
    )
    assert labels.text(f"mode_{mode}", language) in html


def test_an_offline_invoice_is_not_marked_as_a_preview():
    text = texts(printed())
    assert "niewydawać" not in text
    assert "niejestfaktura" not in text


@pytest.mark.parametrize("absent", ["link", "kod2_link"])
def test_without_either_link_there_is_no_offline_invoice(absent):
    options = arguments(state="offline", mode="offline24", kod2_link=EC) | {absent: None}
    with pytest.raises(ValueError, match="offline print"):
        pdf.invoice_html(invoice(), **options)


@pytest.mark.parametrize("absent", ["link", "kod2_link"])
def test_without_either_link_there_is_no_confirmation(absent):
    with pytest.raises(ValueError, match="KOD I and KOD II"):
        confirmed(**{absent: ""})


def test_the_confirmation_says_in_a_frame_that_it_is_no_invoice():
    text = texts(confirmed())
    assert "Potwierdzenietransakcji" in text
    assert "Toniejestfaktura." in text
    assert squeezed(SENTENCES[0]) in text
    assert "Thisisnotaninvoice." in texts(confirmed(language="en"))


def test_the_confirmation_has_the_facts_and_no_bank_account():
    text = texts(confirmed())
    for wanted in ("KawiarniaPodLipą", "FV/2026/11/0141,23.11.2026", "4182,00PLN", "782,00PLN"):
        assert wanted in text
    assert squeezed("Blat jesionowy 80 × 80 cm, 4 szt.") in text
    assert "6811409999" not in text
    assert "przelew" not in text


def test_a_long_list_is_cut_and_counted():
    text = texts(confirmed(invoice(lines=120)))
    assert text.count("Blatjesionowy") == confirmation.MOST_LINES
    assert "razem120" in text


@pytest.mark.parametrize("environment", ["simulator", "test", "demo"])
def test_outside_production_every_paper_says_so(environment):
    name = {"simulator": "SYMULATOR"}.get(environment, environment.upper())
    for data in (printed(environment=environment), confirmed(environment=environment)):
        assert all(f"{name}:toniejestfaktura" in page for page in page_texts(data))


def test_a_document_of_total_failure_has_no_code_and_says_why():
    data = printed(state="total", mode="calkowita", link=None, kod2_link=None)
    text = texts(data)
    assert read(data, 150) == []
    assert "art.106ngustawyoVAT" in text
    assert "qr-test" not in text


def test_strange_words_of_a_buyer_stay_words():
    tree = invoice()
    tree["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"] = "<script>x</script>\u202e{{ 7 }}" + "W" * 400
    text = texts(confirmed(tree))
    assert "<script>x</script>{{7}}" in text
    assert read(confirmed(tree), 150) == sorted([LINK, EC])


@pytest.mark.parametrize("lines", [14, 17, 20, 23, 120])
def test_wherever_the_lines_end_both_codes_stand_whole_on_the_last_page(lines):
    data = made(invoice(lines=lines), state="offline", mode="awaria", kod2_link=RSA)
    assert read(data, 150) == sorted([LINK, RSA])
    assert texts(data).count("Blatjesionowy") == lines
