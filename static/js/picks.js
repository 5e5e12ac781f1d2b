// Suggestions from the registers: saved buyers in the buyer's box, products in the name of a line.
// Without this script the button "Szukaj" and the page "Z katalogu" do the same.
(() => {
  const form = document.getElementById("invoice-form");
  if (!form) return;

  // --- Buyers: the server draws the list, the arrows walk through it -----------------------------
  const search = form.querySelector("[data-picks='buyers']");
  if (search) {
    const buttons = () => [...document.querySelectorAll("#buyers .pick")];
    // The search is nothing of the invoice: it saves no draft and counts no totals.
    search.addEventListener("input", (event) => event.stopPropagation());
    search.closest(".buyer-search").addEventListener("keydown", (event) => {
      const all = buttons();
      const at = all.indexOf(document.activeElement);
      const goTo = { ArrowDown: all[at + 1], ArrowUp: at > 0 ? all[at - 1] : search }[event.key];
      if (goTo) goTo.focus();
      else if (event.key === "Enter" && event.target === search && all.length) all[0].click();
      else if (event.key === "Enter" && event.target === search) search.blur();
      else if (event.key === "Escape" && all.length) {
        document.getElementById("buyers").replaceChildren();
        search.focus();
      } else return;
      event.preventDefault();
    });
  }

  // --- Products ----------------------------------------------------------------------------------
  const grid = window.ksefLines;
  const table = document.querySelector("[data-lines][data-products]");
  if (!grid || !table) return;
  const PAUSE = 200;
  const list = document.createElement("ul");
  list.id = "product-picks";
  list.className = "picks picks-over";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  document.getElementById("main").append(list);
  let input = null;
  let found = [];
  let chosen = -1;
  let timer = 0;
  let asked = 0;

  const close = () => {
    clearTimeout(timer);
    asked += 1; // an answer under way comes too late
    list.hidden = true;
    found = [];
    input?.setAttribute("aria-expanded", "false");
    input?.removeAttribute("aria-activedescendant");
  };

  const mark = (at) => {
    chosen = at;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    if (at >= 0) input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };

  const take = (at) => {
    const { boxes, why } = found[at];
    const index = grid.rowAt(input);
    close();
    grid.fill(index, boxes);
    const status = document.getElementById("status");
    if (why && status) status.textContent = table.dataset.withoutPrice.replace("{}", why);
  };

  const place = () => {
    const box = input.getBoundingClientRect();
    const origin = list.offsetParent.getBoundingClientRect();
    list.style.setProperty("top", `${box.bottom - origin.top}px`);
    list.style.setProperty("left", `${box.left - origin.left}px`);
    list.style.setProperty("min-width", `${Math.min(box.width, window.innerWidth - 32)}px`);
  };

  const item = (product, at) => {
    const one = document.createElement("li");
    one.id = `product-pick-${at}`;
    one.className = "pick";
    one.setAttribute("role", "option");
    const about = document.createElement("small");
    about.textContent = product.about;
    one.append(product.label, " ", about);
    one.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the box keeps the focus
      take(at);
    });
    return one;
  };

  const show = () => {
    list.replaceChildren(...found.map(item));
    list.hidden = !found.length;
    if (!found.length) return;
    place();
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "true");
    mark(-1);
  };

  const ask = async () => {
    const turn = (asked += 1);
    const { currency, price_mode } = form.elements;
    const query = new URLSearchParams({
      q: input.value,
      currency: currency?.value ?? "PLN",
      mode: price_mode?.value ?? "net",
      contractor: table.dataset.contractor,
    });
    const answer = await fetch(`${table.dataset.products}?${query}`, { credentials: "same-origin" }).catch(() => null);
    const body = answer?.ok ? await answer.json().catch(() => null) : null;
    if (turn !== asked || document.activeElement !== input) return;
    found = body?.found ?? [];
    show();
  };

  const isName = (target) => target.tagName === "INPUT" && grid.rowAt(target) >= 0 && grid.boxOf(target) === "name";

  table.addEventListener("input", (event) => {
    if (!isName(event.target)) return;
    input = event.target;
    clearTimeout(timer);
    if (input.value.trim().length < 2) close();
    else timer = setTimeout(ask, PAUSE);
  });
  table.addEventListener("focusout", close);
  window.addEventListener("resize", close);

  // Before the keys of the grid, while the list is open.
  table.addEventListener(
    "keydown",
    (event) => {
      const isHeld = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
      if (list.hidden || isHeld || event.target !== input) return;
      if (event.key === "ArrowDown") mark((chosen + 1) % found.length);
      else if (event.key === "ArrowUp") mark(chosen > 0 ? chosen - 1 : found.length - 1);
      else if (event.key === "Enter" && chosen >= 0) take(chosen);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
})();
