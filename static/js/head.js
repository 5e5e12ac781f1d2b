// Days of credit and the due date say the same while one of them is typed. Without this script
// the server counts the date when the draft is saved.
(() => {
  const form = document.getElementById("invoice-form");
  const box = (name) => form?.querySelector(`[name="${name}"]`);
  const [issued, due, days] = ["issued_on", "due_on", "due_days"].map(box);
  if (!issued || !due || !days) return;
  const DAY = 24 * 60 * 60 * 1000;

  // "23.11.2026" or "2026-11-23" as a number of days, NaN for anything else.
  const read = (text) => {
    const polish = /^\s*(\d{1,2})[.\-/ ](\d{1,2})[.\-/ ](\d{4})\s*$/.exec(text);
    const iso = /^\s*(\d{4})-(\d{2})-(\d{2})\s*$/.exec(text);
    const [year, month, day] = polish ? [polish[3], polish[2], polish[1]] : (iso ?? []).slice(1);
    const found = new Date(Date.UTC(year, month - 1, day));
    return found.getUTCDate() === Number(day) ? found.getTime() / DAY : NaN;
  };

  const written = (count) => {
    const date = new Date(count * DAY);
    const two = (number) => String(number).padStart(2, "0");
    return `${two(date.getUTCDate())}.${two(date.getUTCMonth() + 1)}.${date.getUTCFullYear()}`;
  };

  days.addEventListener("input", () => {
    const match = /^\s*(\d{1,4})\s*(?:dni)?\s*$/.exec(days.value);
    const from = read(issued.value);
    if (match && !Number.isNaN(from)) due.value = written(from + Number(match[1]));
  });

  due.addEventListener("input", () => {
    const count = read(due.value) - read(issued.value);
    days.value = count >= 0 ? String(count) : "";
  });
})();

// A buyer named by another country's number is mostly at an address there: the address follows
// the number's country until somebody chooses it by hand.
(() => {
  const form = document.getElementById("invoice-form");
  const address = form?.querySelector('[name="buyer_country"]');
  if (!address) return;
  let followed = address.value || "PL";

  const follow = (code) => {
    if (!code || address.value !== followed) return;
    const there = [...address.options].some((option) => option.value === code);
    if (there) address.value = followed = code;
  };

  for (const name of ["buyer_eu_country", "buyer_id_country"]) {
    // "EL" begins Greek VAT numbers, but the country of an address there is GR.
    form.querySelector(`[name="${name}"]`)?.addEventListener("change", (event) =>
      follow(event.target.value === "EL" ? "GR" : event.target.value));
  }
})();
