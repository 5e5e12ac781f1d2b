"""Self-billing begins with the supplier in whose name the company issues."""

from django import forms
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from invoices.models import Contractor
from invoices.services.self_billing import (
    party_tree,
    self_billing_start,
    supplier_list,
    supplier_tree,
)
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock, nip


class SupplierForm(forms.Form):
    """One of the register's suppliers, or another one typed in."""

    supplier = forms.ModelChoiceField(
        queryset=Contractor.objects.none(), required=False, empty_label=_("Inny, wpisany niżej")
    )
    nip = forms.CharField(label=_("NIP dostawcy"), required=False, max_length=20)
    name = forms.CharField(label=_("Nazwa albo imię i nazwisko"), required=False, max_length=512)
    address_l1 = forms.CharField(label=_("Ulica i numer"), required=False, max_length=512)
    address_l2 = forms.CharField(label=_("Kod i miejscowość"), required=False, max_length=512)

    def __init__(self, data=None, *, company: Company) -> None:
        super().__init__(data)
        self.company = company
        self.fields["supplier"].label = _("Dostawca")
        self.fields["supplier"].queryset = supplier_list(company)

    def clean(self):
        """What is typed must be whole; of a chosen supplier nothing more is needed."""
        data = super().clean()
        if data.get("supplier") is None and "supplier" not in self.errors:
            self._clean_typed(data)
        return data

    def _clean_typed(self, data: dict) -> None:
        data["nip"] = nip.clean(data.get("nip", ""))
        if not nip.is_valid(data["nip"]):
            self.add_error("nip", _("Wpisz NIP dostawcy: 10 cyfr z dobrą cyfrą kontrolną."))
        elif data["nip"] == self.company.nip:
            self.add_error("nip", _("To NIP Twojej firmy. Wpisz NIP dostawcy."))
        for name in ("name", "address_l1"):
            if not data.get(name):
                self.add_error(name, _("Wpisz dane dostawcy, staną na fakturze jako sprzedawca."))

    @property
    def seller(self) -> dict:
        """Podmiot1 of the invoice."""
        data = self.cleaned_data
        if data["supplier"]:
            return supplier_tree(data["supplier"])
        return party_tree(data["nip"], data["name"], data["address_l1"], data["address_l2"])


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def self_billing_page(request, company):
    """Asks for the supplier, then opens the form in their name."""
    form = SupplierForm(request.POST or None, company=company)
    if request.method == "POST" and form.is_valid():
        draft = self_billing_start(
            company=company,
            seller=form.seller,
            user=request.user,
            today=clock.today(),
            contractor=form.cleaned_data["supplier"],
        )
        return redirect("invoice-draft", company.nip, draft.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "has_suppliers": supplier_list(company).exists()}
    return render(request, "invoices/self_billing.html", context, status=status)
