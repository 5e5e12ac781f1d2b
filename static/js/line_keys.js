// The keyboard of the line grid; everything can be done with Tab and the buttons alone, too.
(() => {
  const grid = window.ksefLines;
  const table = document.querySelector("[data-lines]");
  const form = document.getElementById("invoice-form");
  if (!grid) return;

  // What stood in a box when it got the focus: Escape gives it back.
  let before = { control: null, text: "" };
  table.addEventListener("focusin", (event) => {
    if (event.target.name) before = { control: event.target, text: event.target.value };
  });

  const restore = (control) => {
    if (before.control === control && control.value !== before.text) {
      control.value = before.text;
      control.dispatchEvent(new Event("input", { bubbles: true }));
    } else form.querySelector("[data-add-line]").focus(); // the second Escape leaves the grid
  };

  // F2: a long name in a field of several lines; leaving it gives the cell back.
  const widen = (input) => {
    if (input.tagName !== "INPUT" || grid.boxOf(input) !== "name") return;
    const area = document.createElement("textarea");
    for (const { name, value } of input.attributes) {
      if (name !== "value" && name !== "type") area.setAttribute(name, value);
    }
    area.rows = 4;
    area.value = input.value;
    input.replaceWith(area);
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
    area.addEventListener("blur", () => {
      input.value = area.value.replace(/[\r\n]+/g, " ");
      input.name = area.name;
      input.id = area.id;
      area.replaceWith(input);
    });
  };

  const KEYS = {
    Enter: (event, index, box) => {
      const next = index + (event.shiftKey ? -1 : 1);
      const isNew = next === grid.count();
      if (isNew) grid.add();
      grid.focusOn(next, isNew ? "name" : box); // a new line begins with its name
    },
    "Alt+Enter": (event, index) => grid.toggle(index),
    "Alt+ArrowUp": (event, index, box) => grid.move(index, -1, box),
    "Alt+ArrowDown": (event, index, box) => grid.move(index, 1, box),
    "Ctrl+d": (event, index, box) => grid.copy(index, box),
    "Ctrl+Backspace": (event, index, box) => grid.remove(index, box),
    F2: (event) => widen(event.target),
    Escape: (event, index) => {
      if (event.target.closest("[data-panel]") && before.text === event.target.value) grid.toggle(index);
      else restore(event.target);
    },
  };

  table.addEventListener("keydown", (event) => {
    const index = grid.rowAt(event.target);
    if (index < 0 || !event.target.matches("input, select, textarea")) return;
    const held = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}`;
    const act = KEYS[held + (event.key.length === 1 ? event.key.toLowerCase() : event.key)];
    if (!act) return;
    event.preventDefault();
    const isWide = event.target.tagName === "TEXTAREA";
    if (isWide && event.key === "Escape") {
      event.target.value = before.text;
      event.target.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (isWide) event.target.blur();
    if (isWide && event.key === "Escape") grid.focusOn(index, "name");
    else act(event, index, grid.boxOf(event.target));
  });

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.ctrlKey) return;
    event.preventDefault();
    document.querySelector("[form=invoice-form][data-issue]")?.click();
  });
})();
