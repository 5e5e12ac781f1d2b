// The cells of an attachment's table as a grid over the text box that is sent. The box stays the
// truth: every change is written into it at once. Without this script people paste into the box,
// and so they do where the grid would be too long or a cell has a quotation mark.
(() => {
  const MOST_ROWS = 200;
  const form = document.getElementById("invoice-form");
  const panels = document.getElementById("panels");
  if (!form || !panels) return;

  const boxOf = (field) => field.querySelector("textarea");
  const isTotals = (field) => field.dataset.cells === "Suma";

  const columnsOf = (field) =>
    [...(field.closest("[data-item]")?.querySelectorAll("input[name$='/NKom']") ?? [])].map((box) => box.value);

  const rowsIn = (text) => {
    const lines = text.replace(/\r/g, "").replace(/\n+$/, "").split("\n");
    return lines.filter(Boolean).map((line) => (line === '""' ? [""] : line.split("\t")));
  };

  const hasGrid = (text) => !text.replace(/^""$/gm, "").includes('"') && rowsIn(text).length <= MOST_ROWS;

  const lineOf = (cells) => (cells.length === 1 && cells[0] === "" ? '""' : cells.join("\t"));

  // A row keeps the number of cells it had, unless somebody typed beyond its end. One that was
  // emptied goes; one that was empty from the start stays.
  const cellsOf = (row) => {
    const texts = [...row.querySelectorAll("input")].map((box) => box.value);
    const filled = texts.findLastIndex(Boolean) + 1;
    if (!filled && (!row.dataset.had || row.dataset.full)) return null;
    return texts.slice(0, Math.max(filled, Number(row.dataset.had || row.dataset.wanted)));
  };

  const store = (field) => {
    const rows = [...field.querySelectorAll("tbody tr")].map(cellsOf).filter(Boolean);
    boxOf(field).value = rows.map(lineOf).join("\n");
    boxOf(field).dispatchEvent(new Event("input", { bubbles: true }));
  };

  const element = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  const rowOf = (cells, number, heads, had) => {
    const full = cells.some(Boolean) ? "1" : "";
    const row = element("tr", { "data-had": had, "data-full": full, "data-wanted": heads.length });
    heads.forEach((head, column) => {
      const box = element("input", { autocomplete: "off", "aria-label": `${number}. ${head}` });
      box.value = cells[column] ?? "";
      row.append(element("td", {}, box));
    });
    return row;
  };

  const named = (names, width) =>
    Array.from({ length: width }, (_, at) => names[at]?.trim() || String(at + 1));

  const addBlank = (field, heads) => {
    const body = field.querySelector("tbody");
    body.append(rowOf([], body.rows.length + 1, heads, ""));
  };

  const draw = (field) => {
    field.querySelector(".cells-grid")?.remove();
    const box = boxOf(field);
    const names = columnsOf(field);
    field.dataset.heads = JSON.stringify(names);
    box.classList.toggle("visually-hidden", hasGrid(box.value));
    if (!hasGrid(box.value)) return;
    const rows = rowsIn(box.value);
    const heads = named(names, Math.max(1, names.length, ...rows.map((cells) => cells.length)));
    const titles = element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)));
    const body = element("tbody", {}, ...rows.map((cells, at) => rowOf(cells, at + 1, heads, cells.length)));
    box.after(element("div", { class: "cells-grid" }, element("table", {}, element("thead", {}, titles), body)));
    if (!isTotals(field) || !rows.length) addBlank(field, heads);
  };

  const place = (box) => ({ row: box.closest("tr").rowIndex - 1, column: box.closest("td").cellIndex });

  const focusAt = (field, row, column) =>
    field.querySelectorAll("tbody tr")[row]?.querySelectorAll("input")[column]?.focus();

  // Cells of a spreadsheet, put where the caret is.
  const paste = (field, box, text) => {
    const at = place(box);
    const all = [...field.querySelectorAll("tbody tr")].map((row) => cellsOf(row) ?? []);
    rowsIn(text).forEach((cells, down) => {
      const row = (all[at.row + down] ??= []);
      cells.forEach((cell, right) => (row[at.column + right] = cell));
      for (let column = 0; column < row.length; column += 1) row[column] ??= "";
    });
    boxOf(field).value = all.filter((cells) => cells.length).map(lineOf).join("\n");
    boxOf(field).dispatchEvent(new Event("input", { bubbles: true }));
    draw(field);
    focusAt(field, at.row, at.column);
  };

  const fieldOf = (target) => target.closest?.(".cells-grid")?.closest("[data-cells]");

  const refresh = () => {
    for (const field of panels.querySelectorAll("[data-cells]"))
      if (field.dataset.heads !== JSON.stringify(columnsOf(field))) draw(field);
  };

  form.addEventListener("input", (event) => {
    const field = fieldOf(event.target);
    if (event.target.name?.endsWith("/NKom")) refresh();
    if (!field) return;
    store(field);
    const row = event.target.closest("tr");
    if (!isTotals(field) && !row.nextElementSibling) addBlank(field, named(JSON.parse(field.dataset.heads), row.cells.length));
  });

  form.addEventListener("paste", (event) => {
    const field = fieldOf(event.target);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!field || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    if (hasGrid(text)) paste(field, event.target, text);
    else {
      boxOf(field).value = [boxOf(field).value, text].filter(Boolean).join("\n");
      boxOf(field).dispatchEvent(new Event("input", { bubbles: true }));
      draw(field);
      boxOf(field).focus();
    }
  });

  form.addEventListener("keydown", (event) => {
    const field = fieldOf(event.target);
    const down = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!field || !down) return;
    event.preventDefault();
    const at = place(event.target);
    focusAt(field, at.row + down, at.column);
  });

  // A link to an error leads to the box: its first cell takes the caret.
  form.addEventListener("focusin", (event) => {
    const field = event.target.closest("[data-cells]");
    if (field && event.target === boxOf(field)) field.querySelector(".cells-grid input")?.focus();
  });

  new MutationObserver(refresh).observe(panels, { childList: true, subtree: true });
  refresh();
})();
