"""On whose behalf a context may issue invoices: the seller itself, or who the seller let."""

from dataclasses import dataclass

from simulator import permissions, roles, subunits
from simulator.invoice_file import Facts
from simulator.store import Store
from simulator.web import Identifier

REPRESENTATIVE = "TaxRepresentative"
# RolaPU of PodmiotUpowazniony (schema FA(3)) and the role that its holder must have.
ENFORCERS = {1: roles.ENFORCEMENT, 2: roles.BAILIFF}
TAX_REPRESENTATIVE = 3


@dataclass(frozen=True)
class Issuer:
    """A context that sends invoices, with the sellers that let it act for them."""

    context: Identifier
    billed: frozenset[str] = frozenset()
    represented: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


def issuer(store: Store, context: Identifier) -> Issuer:
    """What the context may do now."""
    if context.type != "Nip":
        return Issuer(context)
    return Issuer(
        context=context,
        billed=permissions.sellers_of(store, context.value, permissions.SELF_INVOICING),
        represented=permissions.sellers_of(store, context.value, REPRESENTATIVE),
        roles=frozenset(role.name for role in roles.of(store, context.value)),
    )


def may_issue(who: Issuer, facts: Facts) -> bool:
    """Whether the context may issue this invoice."""
    if who.context.type == "NipVatUe":
        return _bills_itself_from_abroad(who.context.value, facts)
    if subunits.nip_of(who.context.value) == facts.seller:
        return True
    return who.context.type == "Nip" and (_bills_itself(who, facts) or _authorized(who, facts))


def _bills_itself(who: Issuer, facts: Facts) -> bool:
    buyer = facts.meta["buyer"]["identifier"]
    is_buyer = (buyer["type"], buyer["value"]) == ("Nip", who.context.value)
    return facts.meta["self_invoicing"] and is_buyer and facts.seller in who.billed


def _bills_itself_from_abroad(context: str, facts: Facts) -> bool:
    buyer = facts.meta["buyer"]["identifier"]
    # The invoice has the letters of the country in a field of their own (KodUE).
    number = subunits.vat_ue_of(context)[2:]
    is_buyer = (buyer["type"], buyer["value"]) == ("VatUe", number)
    return facts.meta["self_invoicing"] and is_buyer and facts.seller == subunits.nip_of(context)


def _authorized(who: Issuer, facts: Facts) -> bool:
    named = facts.meta["authorized"]
    if not named or named["nip"] != who.context.value:
        return False
    if named["role"] == TAX_REPRESENTATIVE:
        return facts.seller in who.represented
    return ENFORCERS.get(named["role"]) in who.roles


def acts_for(who: Issuer, seller: str) -> bool:
    """Whether the context may issue invoices of this seller at all, whatever they say."""
    if subunits.nip_of(who.context.value) == seller:
        return True
    enforces = not who.roles.isdisjoint(ENFORCERS.values())
    return enforces or seller in who.billed | who.represented
