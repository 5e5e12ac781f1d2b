// Opening a section and adding or removing an item without leaving the page. Without this script
// the same buttons do the same on the server.
(() => {
  const form = document.getElementById("invoice-form");
  const panels = document.getElementById("panels");
  if (!form || !panels) return;
  const order = panels.dataset.order.split(" ");

  const fetched = async (url, options) => {
    const answer = await fetch(url, { credentials: "same-origin", ...options });
    if (!answer.ok) throw new Error(String(answer.status));
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    return holder.content.firstElementChild;
  };

  const changed = () => form.dispatchEvent(new Event("input", { bubbles: true }));

  const focusFirst = (part) => {
    const control = part.querySelector("input:not([type=hidden]), select, textarea");
    (control ?? part).focus();
  };

  const insert = (panel) => {
    const rank = order.indexOf(panel.dataset.panel);
    const later = [...panels.children].find((one) => order.indexOf(one.dataset.panel) > rank);
    panels.insertBefore(panel, later ?? null);
  };

  // The button of an opened section becomes a link to it.
  const link = (button) => {
    const anchor = document.createElement("a");
    anchor.href = button.dataset.href;
    const icon = document.getElementById("panel-opened-icon").content.cloneNode(true);
    anchor.append(icon, button.textContent.trim());
    button.replaceWith(anchor);
  };

  const open = async (button) => {
    const data = new FormData(form);
    data.delete("action");
    data.append("open", button.dataset.openPanel);
    const panel = await fetched(panels.dataset.panelUrl, { method: "POST", body: data });
    insert(panel);
    link(button);
    panel.scrollIntoView({ block: "start" });
    focusFirst(panel);
    changed();
  };

  const add = async (list, button, preset) => {
    const at = Number(button.dataset.next);
    const query = new URLSearchParams({ path: `${button.dataset.addItem}[${at}]` });
    const kind = form.elements.namedItem("kind")?.value;
    if (kind) query.set("rodzaj", kind);
    if (preset) query.set("preset", preset);
    const item = await fetched(`${panels.dataset.itemUrl}?${query}`);
    button.dataset.next = at + 1;
    if (button.dataset.most && at + 1 >= Number(button.dataset.most)) button.hidden = true;
    list.querySelector("[data-items]").append(item);
    renumber(list);
    focusFirst(item);
    changed();
  };

  const own = (list) => [...list.querySelector("[data-items]").children];

  const renumber = (list) => {
    own(list).forEach((item, index) => {
      const number = item.querySelector(":scope > legend > [data-number]");
      if (number) number.textContent = index + 1;
    });
  };

  const drop = (button) => {
    const item = button.closest("[data-item]");
    const list = item.closest("[data-list]");
    const all = own(list);
    const beside = all[all.indexOf(item) + 1] ?? all[all.indexOf(item) - 1];
    item.remove();
    renumber(list);
    const adding = [...list.children].find((one) => one.matches("[data-add-item]"));
    if (beside) focusFirst(beside);
    else (adding ?? list).focus();
    changed();
  };

  // What a server does with the pressed button is done by the page; if it cannot, the server does.
  const instead = (event, button, work) => {
    event.preventDefault();
    button.setAttribute("aria-busy", "true");
    work()
      .catch(() => {
        for (const name of ["openPanel", "addItem", "preset"]) delete button.dataset[name];
        form.requestSubmit(button);
      })
      .finally(() => button.removeAttribute("aria-busy"));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[form=invoice-form]");
    if (!button) return;
    if (button.dataset.openPanel) instead(event, button, () => open(button));
    else if (button.dataset.preset) {
      const list = button.closest("[data-panel]").querySelector("[data-list]");
      const adding = [...list.children].find((one) => one.matches("[data-add-item]"));
      if (adding && !adding.hidden) instead(event, button, () => add(list, adding, button.dataset.preset));
    } else if (button.dataset.addItem) {
      instead(event, button, () => add(button.closest("[data-list]"), button));
    } else if ("dropItem" in button.dataset) {
      event.preventDefault();
      drop(button);
    }
  });
})();
