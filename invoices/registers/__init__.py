"""Public registers: VAT white list, VIES, NBP. Pure: a question in, `Known…` out, or Unknown.

Whatever is not the register's own clear answer (a limit, a fault, a firewall's page, absurd
data) raises Unknown: it never means "not found", "invalid" or "no rate".
"""

from invoices.registers.unknown import Unknown

__all__ = ["Unknown"]
