"""Forms of the pages of rights: what is granted, to whom, for which client."""

from django import forms
from django.utils.translation import gettext_lazy as _

from auth_ksef import presets
from auth_ksef.identifiers import FINGERPRINT, NIP, PESEL, READERS, IdentifierWrong, vat_ue_read
from auth_ksef.messages import chosen
from auth_ksef.presets import Named, Order
from auth_ksef.rights_words import (
    ALL_PARTNERS,
    Identifier,
    identifier_words,
    scope_means,
    scope_name,
)
from ksefapp.accounts.models import Company

OTHERS = ("scopes", *presets.AUTHORIZATIONS, presets.SUBUNIT, presets.EU)
PRINTED = ("person_id", "born", "document_type", "document_number", "document_country")
DOCUMENT = ("document_type", "document_number", "document_country")


def _text(label, least: int, most: int, **options) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        min_length=least,
        max_length=most,
        **options,
    )


class HolderForm(forms.Form):
    """Who gets a right: the identifier with its check digits, and the data that API 2.9 wants."""

    id_kind = forms.ChoiceField(
        label=_("Po czym KSeF rozpozna tę osobę?"),
        choices=[(PESEL, "PESEL"), (NIP, "NIP"), (FINGERPRINT, _("odcisk certyfikatu"))],
        initial=PESEL,
        required=False,
        widget=forms.RadioSelect,
    )
    identifier = forms.CharField(
        label=_("NIP, PESEL albo odcisk"),
        max_length=200,
        error_messages={"required": _("Wpisz NIP, PESEL albo odcisk certyfikatu.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    first_name = _text(_("Imię"), 2, 30)
    last_name = _text(_("Nazwisko"), 2, 81)
    person_id = _text(
        _("PESEL albo NIP tej osoby"), 0, 20, help_text=_("Jeśli nie ma żadnego, zostaw puste.")
    )
    born = forms.DateField(
        label=_("Data urodzenia"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    document_type = _text(_("Rodzaj dokumentu"), 1, 20)
    document_number = _text(_("Numer dokumentu"), 1, 20)
    document_country = _text(_("Kraj dokumentu"), 2, 2, help_text=_("Dwie litery, na przykład DE."))

    def is_person(self, data: dict) -> bool:
        """Whether the holder is a person and not a firm."""
        return True

    def clean(self) -> dict:
        """Reads the identifier, then asks for the names that belong to it."""
        data = super().clean()
        kind = (data.get("id_kind") or PESEL) if self.is_person(data) else NIP
        if "identifier" in data:
            data["identifier"] = self._read("identifier", kind, data["identifier"])
        data["id_kind"] = kind
        if self.is_person(data):
            self._need(data, "first_name", _("Wpisz imię, tak jak w dokumencie."))
            self._need(data, "last_name", _("Wpisz nazwisko, tak jak w dokumencie."))
            if kind == FINGERPRINT:
                self._clean_fingerprint(data)
        return data

    def holder(self) -> Identifier:
        """The identifier of who gets the right, of a valid form."""
        data = self.cleaned_data
        return Identifier(data["id_kind"], data["identifier"])

    def named(self) -> Named:
        """Their names, of a valid form."""
        data = self.cleaned_data
        document = {
            name.removeprefix("document_"): data[name] for name in DOCUMENT if data.get(name)
        }
        return Named(
            first=data.get("first_name", ""),
            last=data.get("last_name", ""),
            identifier=data.get("person_identifier"),
            born=data.get("born"),
            document=document,
        )

    def _read(self, field: str, kind: str, text: str) -> str:
        try:
            return READERS[kind](text)
        except IdentifierWrong as error:
            self.add_error(field, forms.ValidationError(error.message(), code=error.code))
            return ""

    def _need(self, data: dict, field: str, text) -> None:
        if not data.get(field) and field not in self.errors:
            self.add_error(field, text)

    def _clean_fingerprint(self, data: dict) -> None:
        """With the person's PESEL or NIP that is enough; without, birth and document."""
        if text := data.get("person_id"):
            digits = sum(sign.isdigit() for sign in text)
            kind = PESEL if digits == 11 else NIP
            data["person_identifier"] = Identifier(kind, self._read("person_id", kind, text))
            return
        self._need(data, "born", _("Wpisz datę urodzenia albo PESEL tej osoby."))
        for field in DOCUMENT:
            self._need(data, field, _("Bez PESEL i NIP KSeF wymaga danych dokumentu."))
        data["document_country"] = (data.get("document_country") or "").upper()


class GrantForm(HolderForm):
    """Nadaj uprawnienie: a preset or something else, then to whom."""

    preset = forms.ChoiceField(
        label=_("Co ma być możliwe?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Wybierz, co ma być możliwe.")},
    )
    other = forms.ChoiceField(
        label=_("Co dokładnie?"), required=False, initial="scopes", widget=forms.RadioSelect
    )
    scopes = forms.MultipleChoiceField(
        label=_("Uprawnienia"), required=False, widget=forms.CheckboxSelectMultiple
    )
    who = forms.ChoiceField(
        label=_("Komu?"),
        choices=[
            (presets.OFFICE, _("Biuru albo innej firmie")),
            (presets.PERSON, _("Osobie")),
        ],
        initial=presets.OFFICE,
        required=False,
        widget=forms.RadioSelect,
    )
    full_name = _text(_("Nazwa firmy"), 5, 90)
    unit = _text(
        _("Jednostka podrzędna"),
        0,
        20,
        help_text=_("Identyfikator wewnętrzny NIP-NNNNN albo NIP jednostki."),
    )
    unit_name = _text(_("Nazwa jednostki"), 5, 256)
    vat_ue = _text(_("Numer VAT UE"), 0, 25, help_text=_("Z kodem kraju, na przykład DE123456789."))
    eu_name = _text(_("Nazwa podmiotu z Unii"), 5, 100)
    eu_address = _text(_("Adres podmiotu z Unii"), 1, 512)
    description = _text(
        _("Opis w KSeF"), 5, 256, help_text=_("Zobaczą go osoby zarządzające uprawnieniami.")
    )

    def __init__(self, *args, company: Company, **options) -> None:
        super().__init__(*args, **options)
        self.company = company
        self.fields["preset"].choices = [
            (name, chosen(preset.name)) for name, preset in presets.PRESETS.items()
        ]
        self.fields["other"].choices = [(name, _other_name(name)) for name in OTHERS]
        self.fields["scopes"].choices = [
            (scope, _scope_label(scope)) for scope in presets.PERSON_SCOPES
        ]

    def is_person(self, data: dict) -> bool:
        """Firms get entity rights and authorizations; administrators are people."""
        preset, other = data.get("preset"), data.get("other") or "scopes"
        if preset == presets.PASS_ON:
            return False
        if preset == presets.OTHER and other in presets.AUTHORIZATIONS:
            return False
        if preset == presets.OTHER and other in (presets.SUBUNIT, presets.EU):
            return True
        return data.get("who") == presets.PERSON

    def clean(self) -> dict:
        """What the chosen way needs, each complaint at its field."""
        if self._is_eu(self.cleaned_data):
            # Whoever acts for an EU entity is known by a certificate and by nothing else.
            self.cleaned_data["id_kind"] = FINGERPRINT
        data = super().clean()
        if not self.is_person(data):
            self._need(data, "full_name", _("Wpisz nazwę firmy."))
        if data.get("identifier") == self.company.nip:
            self.add_error("identifier", _("To NIP tej firmy. Ma ona już wszystkie uprawnienia."))
        if data.get("preset") == presets.OTHER:
            self._clean_other(data)
        for field in set(self.errors) & self._unused(data):
            del self._errors[field]
        return data

    def _unused(self, data: dict) -> set[str]:
        """Fields that the chosen way does not show; what stands in them does not matter."""
        other = data.get("other") or "scopes" if data.get("preset") == presets.OTHER else ""
        person = self.is_person(data)
        rules = {
            "scopes": other == "scopes",
            "full_name": not person,
            **dict.fromkeys(("first_name", "last_name"), person),
            **dict.fromkeys(PRINTED, person and data.get("id_kind") == FINGERPRINT),
            **dict.fromkeys(("unit", "unit_name"), other == presets.SUBUNIT),
            **dict.fromkeys(("vat_ue", "eu_name", "eu_address"), other == presets.EU),
        }
        return {field for field, used in rules.items() if not used}

    def order(self) -> Order:
        """What is to be granted, of a valid form."""
        data = self.cleaned_data
        kind, scopes = self._kind_and_scopes()
        preset = presets.PRESETS[data["preset"]]
        return Order(
            kind=kind,
            holder=self.holder(),
            named=self.named() if self.is_person(data) else Named(full=data["full_name"]),
            scopes=scopes,
            description=data.get("description") or presets.description_of(data["preset"], scopes),
            delegates=preset.delegates,
            context=data.get("context"),
            context_name=self._place(data),
            address=data.get("eu_address", ""),
        )

    @staticmethod
    def _place(data: dict) -> str:
        names = {presets.SUBUNIT: "unit_name", presets.EU: "eu_name"}
        return data.get(names.get(data.get("other"), ""), "") if data.get("context") else ""

    @staticmethod
    def _is_eu(data: dict) -> bool:
        return data.get("preset") == presets.OTHER and data.get("other") == presets.EU

    def _kind_and_scopes(self) -> tuple[str, tuple[str, ...]]:
        data = self.cleaned_data
        common = "persons" if self.is_person(data) else "entities"
        if data["preset"] != presets.OTHER:
            return common, presets.PRESETS[data["preset"]].scopes
        other = data["other"] or "scopes"
        special = {
            presets.SUBUNIT: ("subunits", ("CredentialsManage",)),
            presets.EU: ("eu-admins", presets.EU_SCOPES),
        }
        if other in presets.AUTHORIZATIONS:
            return "authorizations", (other,)
        return special.get(other, (common, tuple(data["scopes"])))

    def _clean_other(self, data: dict) -> None:
        other = data.get("other") or "scopes"
        if other == "scopes":
            self._clean_scopes(data)
        elif other == presets.SUBUNIT:
            self._clean_unit(data)
        elif other == presets.EU:
            self._clean_eu(data)

    def _clean_scopes(self, data: dict) -> None:
        self._need(data, "scopes", _("Zaznacz przynajmniej jedno uprawnienie."))
        beyond = set(data.get("scopes") or ()) - set(presets.ENTITY_SCOPES)
        if beyond and not self.is_person(data):
            names = ", ".join(sorted(scope_name(scope) for scope in beyond))
            text = _("Firmie KSeF nie nadaje: %(names)s. Nadaj to osobie.") % {"names": names}
            self.add_error("scopes", text)

    def _clean_unit(self, data: dict) -> None:
        text = data.get("unit") or ""
        kind = "InternalId" if "-" in text.strip()[10:] else NIP
        data["context"] = Identifier(kind, self._read("unit", kind, text))

    def _clean_eu(self, data: dict) -> None:
        self._need(data, "eu_name", _("Wpisz nazwę podmiotu z Unii."))
        self._need(data, "eu_address", _("Wpisz adres podmiotu z Unii."))
        try:
            number = vat_ue_read(data.get("vat_ue") or "")
        except IdentifierWrong as error:
            self.add_error("vat_ue", forms.ValidationError(error.message(), code=error.code))
        else:
            data["context"] = Identifier("NipVatUe", f"{self.company.nip}-{number}")


class StaffForm(HolderForm):
    """An office passes on to its staff what clients let it pass on: for one client, or all."""

    target = forms.ChoiceField(
        label=_("Dla którego klienta?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Wybierz klienta albo wszystkich.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("Co ma móc?"),
        initial=presets.INVOICES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Zaznacz przynajmniej jedno uprawnienie.")},
    )

    def __init__(self, *args, clients: list[tuple[str, str]], **options) -> None:
        super().__init__(*args, **options)
        everybody = (ALL_PARTNERS, _("Dla wszystkich klientów, obecnych i przyszłych"))
        self.fields["target"].choices = [*clients, everybody]
        self.fields["scopes"].choices = [
            (scope, scope_name(scope)) for scope in presets.ENTITY_SCOPES
        ]

    def order(self) -> Order:
        """The indirect grant, of a valid form."""
        data = self.cleaned_data
        client = data["target"]
        everybody = client == ALL_PARTNERS
        target = Identifier(ALL_PARTNERS, "") if everybody else Identifier(NIP, client)
        return Order(
            kind="indirect",
            holder=self.holder(),
            named=self.named(),
            scopes=tuple(data["scopes"]),
            description=f"Pracownik biura: {identifier_words(target, 'pl')}"[:256],
            target=target,
        )


def _other_name(name: str):
    names = {
        "scopes": _("Wybrane uprawnienia"),
        presets.SUBUNIT: _("Administrator jednostki podrzędnej"),
        presets.EU: _("Administrator podmiotu z Unii"),
    }
    if name in names:
        return names[name]
    text = scope_name(name)
    return text[:1].upper() + text[1:]


def _scope_label(scope: str) -> str:
    return f"{scope_name(scope)}: {scope_means(scope)}"
