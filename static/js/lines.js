// The line grid: rows are added and removed in the page, Enter walks down. Without this script
// the same buttons do the same on the server.
(() => {
  const table = document.querySelector("[data-lines]");
  const form = document.getElementById("invoice-form");
  if (!table || !form) return;
  const body = table.tBodies[0];
  const count = form.querySelector("[data-line-count]");
  const rows = () => [...body.querySelectorAll("[data-line]")];

  const renumber = () => {
    rows().forEach((row, index) => {
      row.querySelector("[data-number]").textContent = index + 1;
      for (const control of row.querySelectorAll("[aria-label]")) {
        control.setAttribute("aria-label", control.getAttribute("aria-label").replace(/\d+/, index + 1));
      }
    });
  };

  const add = () => {
    const last = rows().at(-1);
    const next = Number(count.value);
    const row = last.cloneNode(true);
    for (const control of row.querySelectorAll("input, select, textarea")) {
      control.name = control.name.replace(/^line-\d+-/, `line-${next}-`);
      control.id = control.id.replace(/line-\d+-/, `line-${next}-`);
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
      if (control.name.endsWith("-quantity")) control.value = "1";
      else if (control.name.endsWith("-unit") || control.name.endsWith("-rate")) control.value = last.querySelector(`[name$="-${control.name.split("-").at(-1)}"]`).value;
      else control.value = "";
    }
    const value = row.querySelector("output");
    value.id = `line-${next}-value`;
    value.textContent = "–";
    count.value = next + 1;
    body.append(row);
    renumber();
    return row;
  };

  const changed = () => form.dispatchEvent(new Event("input", { bubbles: true }));

  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-line]")) {
      event.preventDefault();
      add().querySelector("[name$='-name']").focus();
    }
    const remove = event.target.closest("[data-remove-line]");
    if (remove && rows().length > 1) {
      event.preventDefault();
      const row = remove.closest("[data-line]");
      const at = rows().indexOf(row);
      const beside = rows()[at + 1] ?? rows()[at - 1];
      if (row.nextElementSibling?.matches(".line-error")) row.nextElementSibling.remove();
      row.remove();
      renumber();
      changed();
      beside?.querySelector("input:not([type=hidden])")?.focus();
    }
  });

  table.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || !event.target.matches("input, select")) return;
    event.preventDefault();
    const all = rows();
    const at = all.indexOf(event.target.closest("[data-line]"));
    const column = event.target.name.split("-").at(-1);
    const row = event.shiftKey ? all[at - 1] : (all[at + 1] ?? add());
    row?.querySelector(`[name$="-${column}"]`)?.focus();
  });

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      document.querySelector("[form=invoice-form][data-issue]")?.click();
    }
  });
})();
