"""Files of other schemas: every name, value and attribute is shown, in the file's order."""

import os
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices.fa3.build import build
from invoices.models import Document, Draft
from invoices.render import foreign
from tests.cast import logged_in
from tests.fa3_support import invoice
from tests.render_support import flowing, needs_pdf, page_texts, squeezed

UBL = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet href="x.xsl"?>
<!-- z programu -->
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cbc="urn:example:cbc"><cbc:ID schemeID="PL">FV/1</cbc:ID>
  <cbc:Note xml:lang="pl">pierwsza &lt;b&gt; <![CDATA[& druga]]></cbc:Note>
  <Line>przed<cbc:Amount currencyID="PLN">10.00</cbc:Amount>po<!-- w środku --><Empty/></Line>
</Invoice>
""".encode()
FA2 = b"""<Faktura xmlns="http://crd.gov.pl/wzor/2023/06/29/12648/"><Naglowek>
<KodFormularza kodSystemowy="FA (2)" wersjaSchemy="1-0E">FA</KodFormularza></Naglowek>
<Fa><P_2>FV/2/2024</P_2></Fa></Faktura>"""


def read(data: bytes):
    return etree.fromstring(data)


def told(data: bytes) -> list[tuple]:
    return [(item.level, item.name, item.text) for item in foreign.items(read(data))]


def test_everything_is_told_in_order():
    assert told(UBL) == [
        (0, "", '<?xml-stylesheet href="x.xsl"?>'),
        (0, "", "<!-- z programu -->"),
        (0, "Invoice", ""),
        (1, "cbc:ID", "FV/1"),
        (1, "cbc:Note", "pierwsza <b> & druga"),
        (1, "Line", ""),
        (2, "", "przed"),
        (2, "cbc:Amount", "10.00"),
        (2, "", "po"),
        (2, "", "<!-- w środku -->"),
        (2, "Empty", ""),
    ]


def test_attributes_and_name_spaces_are_told_with_their_prefixes():
    found = {item.name: item.attributes for item in foreign.items(read(UBL)) if item.attributes}
    assert found["cbc:Note"] == [("xml:lang", "pl")]
    assert found["cbc:Amount"] == [("currencyID", "PLN")]
    assert ("xmlns:cbc", "urn:example:cbc") in found["Invoice"]


@pytest.mark.parametrize(
    ("data", "kind"), [(UBL, "PEF, UBL"), (FA2, "FA(2)"), (b"<Zamowienie/>", "Zamowienie")]
)
def test_the_form_is_named(data, kind):
    assert foreign.kind_of(read(data)) == kind


def test_the_levels_that_end_are_counted():
    ends = [item.closes for item in foreign.items(read(b"<a><b><c/></b><d/></a>"))]
    assert ends == [0, 0, 1, 1]


def test_more_than_a_page_holds_is_refused():
    with pytest.raises(foreign.TooMuch):
        foreign.items(read(b"<a>" + b"<b/>" * 100 + b"</a>"), most=100)


NAMES = st.sampled_from(["a", "b", "Nazwa"])
TEXTS = st.text(alphabet="ab <>&ż", max_size=5)
TREES = st.recursive(
    st.tuples(NAMES, TEXTS, st.just([])),
    lambda inner: st.tuples(NAMES, TEXTS, st.lists(inner, max_size=3)),
    max_leaves=12,
)


def made(shape) -> etree._Element:
    name, text, below = shape
    element = etree.Element(name, uwaga=text)
    element.text = text
    element.extend([made(each) for each in below])
    return element


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_no_name_text_or_attribute_of_any_tree_is_dropped(shape):
    root = made(shape)
    found = foreign.items(root)
    assert [item.name for item in found if item.name] == [each.tag for each in root.iter()]
    wanted = [each.text.strip() for each in root.iter() if each.text and each.text.strip()]
    assert [item.text for item in found if item.text] == wanted
    assert all(
        item.attributes == [("uwaga", e.get("uwaga").strip())]
        for item, e in zip((i for i in found if i.name), root.iter(), strict=True)
    )


FOLDER = Path(os.environ.get("KSEF_SAMPLES", ""))


@pytest.mark.skipif(
    "KSEF_SAMPLES" not in os.environ, reason="KSEF_SAMPLES names no folder of FA(3) files"
)
def test_every_text_of_the_samples_is_told_by_names_too():
    for path in sorted(FOLDER.glob("*.xml")):
        root = etree.fromstring(path.read_bytes())
        texts = " ".join(item.text for item in foreign.items(root))
        assert all((each.text or "").strip() in texts for each in root.iter())


# --- the page ---------------------------------------------------------------------------------
@pytest.fixture
def site(owner):
    return logged_in(owner)


@pytest.fixture
def there(company):
    return reverse("xml-view", args=[company.nip])


def upload(data: bytes, **more) -> dict:
    return {"file": SimpleUploadedFile("plik.xml", data, "text/xml"), **more}


def words(answer) -> str:
    return re.sub(r"<[^>]+>", "", answer.content.decode())


@pytest.mark.django_db
def test_a_foreign_file_is_shown_by_names_and_nothing_is_stored(site, there):
    answer = site.post(there, upload(UBL))
    assert answer.status_code == 200
    for wanted in ("PEF, UBL", "cbc:Amount", "currencyID=PLN", "10.00", "w środku"):
        assert wanted in words(answer)
    assert "pierwsza &lt;b&gt; &amp; druga" in answer.content.decode()
    assert answer.content.count(b"<ul") == answer.content.count(b"</ul>")
    assert not Draft.objects.exists()
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_fa3_is_shown_as_an_invoice(site, there):
    answer = site.post(there, upload(build(invoice())))
    assert "Nabywca s.c." in words(answer)
    assert "Data wystawienia" in words(answer)


@pytest.mark.django_db
def test_what_only_says_that_it_is_fa3_is_shown_by_names_with_the_reason(site, there):
    data = build(invoice()).replace(b"<P_2>", b"<P_2X>").replace(b"</P_2>", b"</P_2X>")
    answer = site.post(there, upload(data))
    assert "P_2X" in words(answer)
    assert "To nie jest poprawna FA(3)" in words(answer)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nie xml",
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        b"<a>" * 100 + b"</a>" * 100,
        b"<a>" + b"<b/>" * 70_000 + b"</a>",
        b"<a>" + b" " * 3_000_000 + b"</a>",
        b"<a " + b" ".join(b"a%d='1'" % n for n in range(70_000)) + b"/>",
        b"<a "
        + b" ".join(b"xmlns:a%d='u'" % n for n in range(9_000))
        + b">"
        + b"<b/>" * 50_000
        + b"</a>",
        "<a/>".encode("utf-16"),
    ],
    ids=["empty", "text", "entity", "deep", "many", "large", "attributes", "spaces", "utf16"],
)
def test_a_hostile_file_is_refused_with_a_reason(site, there, data):
    answer = site.post(there, upload(data))
    assert answer.status_code == 422
    assert "Nie pokażemy tego pliku" in words(answer)
    assert "root:" not in words(answer)


@pytest.mark.django_db
def test_without_a_file_the_page_asks_for_one(site, there):
    assert site.post(there, {}).status_code == 422
    assert site.get(there).status_code == 200


@needs_pdf
@pytest.mark.django_db
def test_both_kinds_can_be_had_as_pdf(site, there):
    answer = site.post(there, upload(FA2, action="pdf"))
    text = flowing(answer.content)
    for wanted in ("FA(2)", "kodSystemowy=FA(2)", "P_2FV/2/2024"):
        assert wanted in text
    answer = site.post(there, upload(build(invoice()), action="pdf", language="pl-en"))
    first = page_texts(answer.content)[0]
    assert squeezed("Podgląd pliku: nie wydawać nabywcy") in first
    assert "Datawystawienia/Issuedate" in first


@needs_pdf
@pytest.mark.django_db
def test_a_pdf_that_would_take_too_long_is_refused(site, there):
    answer = site.post(there, upload(b"<a>" + b"<b/>" * 6_000 + b"</a>", action="pdf"))
    assert answer.status_code == 422
    assert "za duży na PDF" in words(answer)


@pytest.mark.django_db
def test_the_import_page_leads_there(site, there, company):
    page = reverse("invoice-import", args=[company.nip])
    assert there in site.get(page).content.decode()
    answer = site.post(page, upload(FA2))
    assert answer.status_code == 422
    assert "możesz go obejrzeć" in words(answer)
