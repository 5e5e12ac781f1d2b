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

// What a line comes to, in grosze: [net, VAT, gross], null while that is not clear. `isGiven`: the
// amounts that the line has still are those of its prices.
const LineSums = (() => {
  const { read, less, times, grosze, vatOnNet, vatInGross } = LineNumbers;
  const NONE = { digits: 0n, places: 0 };

  const valueOf = (boxes, { isGross, isGiven }) => {
    const given = boxes[isGross ? "P_11A" : "P_11"];
    if (given && isGiven) {
      const amount = read(given);
      return amount && grosze(amount);
    }
    const quantity = read(boxes.quantity);
    const price = read(boxes.price);
    return quantity && price ? grosze(times(quantity, less(price, read(boxes.P_10) ?? NONE))) : null;
  };

  const percentOf = (boxes, percents) => {
    if (boxes.rate) return percents[boxes.rate] ? read(percents[boxes.rate]) : NONE;
    return read(boxes.P_12_XII) ?? NONE;
  };

  const of = (boxes, how) => {
    const value = valueOf(boxes, how);
    if (value === null) return null;
    const given = how.isGiven ? read(boxes.P_11Vat) : null;
    const count = how.isGross ? vatInGross : vatOnNet;
    const vat = given ? grosze(given) : count(value, percentOf(boxes, how.percents));
    return how.isGross ? [value - vat, vat, value] : [value, vat, value + vat];
  };

  return { of };
})();
