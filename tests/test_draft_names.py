"""What a draft is called: by what it will become, on its page and in the list."""

import pytest

from invoices.models import Draft
from invoices.templatetags.drafts import draft_name, new_name
from tests.cast import logged_in
from tests.form_support import page
from tests.invoice_support import content


def draft_of(company, owner, kind: str, **options) -> Draft:
    tree = content(company)
    tree["Fa"]["RodzajFaktury"] = kind
    return Draft.objects.create(
        company=company,
        environment=company.environment,
        content=tree,
        created_by=owner,
        options=options,
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("VAT", "Szkic faktury"),
        ("UPR", "Szkic faktury uproszczonej"),
        ("ZAL", "Szkic faktury zaliczkowej"),
        ("ROZ", "Szkic faktury rozliczającej"),
        ("KOR", "Szkic korekty"),
        ("KOR_ZAL", "Szkic korekty zaliczki"),
        ("KOR_ROZ", "Szkic korekty rozliczenia"),
        ("?", "Szkic faktury"),
    ],
)
def test_a_draft_is_called_by_its_kind(kind, name, company, owner):
    assert draft_name(draft_of(company, owner, kind)) == name


def test_offers_and_templates_are_no_drafts_of_an_invoice(company, owner):
    assert draft_name(draft_of(company, owner, "VAT", proforma=True)) == "Szkic pro formy"
    assert draft_name(draft_of(company, owner, "VAT", recurring=1)) == "Wzór faktury cyklicznej"


def test_the_page_and_the_list_say_it(company, owner):
    draft, client = draft_of(company, owner, "KOR"), logged_in(owner)
    shown = page(client.get(f"/firma/{company.nip}/szkice/{draft.pk}/"))
    assert shown.xpath("string(//h1)").strip() == "Szkic korekty"
    listed = page(client.get(f"/firma/{company.nip}/faktury/?widok=szkice"))
    assert "Szkic korekty" in listed.text_content()


def test_a_new_invoice_is_called_by_its_kind(company, owner):
    shown = page(logged_in(owner).get(f"/firma/{company.nip}/faktury/nowa/?rodzaj=ZAL"))
    assert shown.xpath("string(//h1)").strip() == str(new_name("ZAL"))
