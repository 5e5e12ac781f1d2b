// Several cells of a spreadsheet pasted into the grid: what they mean is asked of the server and
// shown first, column by column; then they fill the grid from the focused cell.
(() => {
  const grid = window.ksefLines;
  const dialog = document.getElementById("paste-dialog");
  const form = document.getElementById("invoice-form");
  if (!grid || !dialog) return;
  const head = dialog.querySelector("thead");
  const body = dialog.querySelector("tbody");
  const header = dialog.querySelector("[data-paste-header]");
  const unclear = dialog.querySelector("[data-paste-unclear]");
  const put = dialog.querySelector("[data-paste-put]");
  let asked = null; // {text, start, order, index} of what was pasted
  let answer = null;
  let latest = 0;

  const cell = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };

  const choice = (box, number, heading) => {
    const select = document.createElement("select");
    select.setAttribute("aria-label", `${dialog.dataset.column} ${number} ${heading}`.trim());
    for (const [value, text] of answer.choices) {
      select.add(new Option(text, value, value === box, value === box));
    }
    const made = document.createElement("th");
    made.scope = "col";
    made.append(select);
    return made;
  };

  const show = () => {
    const choices = document.createElement("tr");
    choices.append(...answer.columns.map((box, at) => choice(box, at + 1, answer.heads[at] ?? "")));
    const names = document.createElement("tr");
    names.append(...answer.heads.map((text) => cell("td", text)));
    head.replaceChildren(choices, ...(answer.header ? [names] : []));
    body.replaceChildren(
      ...answer.sample.map((texts) => {
        const row = document.createElement("tr");
        row.append(...texts.map((text) => cell("td", text)));
        return row;
      }),
    );
    header.checked = answer.header;
    unclear.hidden = !answer.problems.length;
    unclear.querySelector("ul").replaceChildren(...answer.problems.map((text) => cell("li", text)));
    put.textContent = put.dataset.text.replace("{}", answer.rows.length);
  };

  const ask = async (chosen = {}) => {
    const number = ++latest;
    put.disabled = true;
    const sent = new URLSearchParams({
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
      mode: form.elements.price_mode?.value ?? "net",
      text: asked.text,
      start: asked.start,
      order: asked.order,
      ...chosen,
    });
    const reply = await fetch(dialog.dataset.url, { method: "POST", body: sent });
    const found = reply.headers.get("content-type")?.includes("json") ? await reply.json() : {};
    if (number !== latest) return;
    if (!reply.ok) {
      document.getElementById("status").textContent = found.refused ?? "";
      return;
    }
    answer = found;
    put.disabled = false;
    show();
    if (!dialog.open) dialog.showModal();
  };

  const again = () => {
    const columns = [...head.querySelectorAll("select")].map((select) => select.value).join(",");
    ask({ columns, header: header.checked ? "1" : "" });
  };

  document.querySelector("[data-lines]").addEventListener("paste", (event) => {
    const index = grid.rowAt(event.target);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const isTable = text.includes("\t") || /\n\s*\S/.test(text.trim());
    if (index < 0 || !isTable) return;
    event.preventDefault();
    const order = [...document.querySelectorAll("[data-lines] thead [data-box]")].map((one) => one.dataset.box);
    const start = grid.boxOf(event.target);
    asked = { text, start, order: order.includes(start) ? order.join(",") : start, index };
    ask();
  });

  dialog.addEventListener("change", again);
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-paste-put]")) {
      dialog.close();
      grid.insert(answer.rows, asked.index);
    }
    if (event.target.closest("[data-paste-cancel]")) dialog.close();
  });
})();
