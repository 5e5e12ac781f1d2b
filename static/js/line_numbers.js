// Exact decimals for what people see while they type: an amount is a whole number of `places`.
const LineNumbers = (() => {
  // "1 234,56", "1234.56" and "1.234,56" as {digits: 123456n, places: 2}; null for anything else.
  const read = (text) => {
    let plain = (text ?? "").replace(/[\s\u00a0\u202f]/g, "").replace("\u2212", "-");
    if (plain.includes(",") && plain.includes(".")) {
      plain = plain.lastIndexOf(",") > plain.lastIndexOf(".") ? plain.replaceAll(".", "") : "";
    }
    plain = plain.replace(",", ".");
    if (plain.length > 40 || !/^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain)) return null;
    const [whole, fraction = ""] = plain.split(".");
    const sign = plain.startsWith("-") ? -1n : 1n;
    return { digits: sign * BigInt((whole.replace(/[+-]/, "") || "0") + fraction), places: fraction.length };
  };

  const less = (a, b) => {
    const places = Math.max(a.places, b.places);
    const scaled = (one) => one.digits * 10n ** BigInt(places - one.places);
    return { digits: scaled(a) - scaled(b), places };
  };

  const times = (a, b) => ({ digits: a.digits * b.digits, places: a.places + b.places });

  // Half away from zero, as art. 106e ust. 11 has it.
  const divided = (top, bottom) => {
    const half = top < 0n ? -bottom / 2n : bottom / 2n;
    return (top + half) / bottom;
  };

  const grosze = ({ digits, places }) => {
    if (places <= 2) return digits * 10n ** BigInt(2 - places);
    return divided(digits, 10n ** BigInt(places - 2));
  };

  // VAT on a net amount and in a gross one (art. 106e ust. 7), in grosze; the rate as it is read.
  const vatOnNet = (net, { digits, places }) => divided(net * digits, 100n * 10n ** BigInt(places));
  const vatInGross = (gross, { digits, places }) =>
    divided(gross * digits, 100n * 10n ** BigInt(places) + digits);

  // As the server writes amounts: no-break spaces, a comma, a real minus.
  const shown = (amount) => {
    const text = String(amount < 0n ? -amount : amount).padStart(3, "0");
    const whole = text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
    return `${amount < 0n ? "\u2212" : ""}${whole},${text.slice(-2)}`;
  };

  return { read, less, times, grosze, shown, vatOnNet, vatInGross };
})();
