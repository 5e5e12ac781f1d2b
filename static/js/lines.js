// The line grid. All rows are held here, those in sight are in the page: so ten thousand are as
// quick as ten. They are sent as one text. Without this script the same buttons do the same on
// the server, fifty rows at a time.
(() => {
  const table = document.querySelector("[data-lines]");
  const form = document.getElementById("invoice-form");
  const source = document.getElementById("lines-data");
  if (!table || !form || !source) return;

  const AMOUNTS = ["P_11", "P_11A", "P_11Vat"];
  const MONEY = ["quantity", "price", "P_10", "P_9A", "P_9B"];
  const MARGIN = 800; // pixels above and below the window that are drawn too
  const LONG = 2000; // from so many rows on the server is asked less often
  const PAUSE = 15_000;
  const ALL = 60; // up to so many rows nothing is left out
  const data = JSON.parse(source.textContent);
  const words = table.dataset;
  let lastId = 0;
  const rowOf = (boxes, errors) => ({ id: ++lastId, boxes, errors, open: data.open, height: 0 });
  let rows = data.rows.map((texts, place) =>
    rowOf(Object.fromEntries(data.names.map((name, at) => [name, texts[at]])), data.errors[place]),
  );
  const startMode = form.elements.price_mode?.value ?? "net";

  // --- The pattern of a row, without its panel: that is made when somebody opens it -------------
  const pattern = document.getElementById("line-template").content.querySelector("tbody");
  const panelPattern = pattern.querySelector("[data-panel]");
  const panelParts = document.createDocumentFragment();
  panelParts.append(...panelPattern.childNodes);
  const errorPattern = document.getElementById("line-error-template").content;
  const boxNames = [...panelParts.querySelectorAll("[name^='line-n-']")].map((c) => c.name.slice(7));
  const usual = ["NrWierszaFa", ...AMOUNTS];
  const said = Object.fromEntries(
    [...panelParts.querySelectorAll("label")].map((label) => [
      label.htmlFor.replace(/^id_line-n-/, ""),
      label.firstChild.textContent.trim(),
    ]),
  );

  // Of a list with nothing but "tak" the name says it all.
  const flags = new Set(
    boxNames.filter((_, at) => panelParts.querySelectorAll("[name^='line-n-']")[at].length === 2),
  );

  for (const body of [...table.tBodies]) body.remove();
  const spacer = () => {
    const body = document.createElement("tbody");
    body.className = "line-spacer";
    body.setAttribute("aria-hidden", "true");
    body.innerHTML = "<tr><td colspan='20'></td></tr>";
    table.append(body);
    return body;
  };
  const above = spacer();
  const below = spacer();
  const drawn = new Map(); // id of a row → its tbody

  // --- Small parts -------------------------------------------------------------------------------
  const say = (text) => {
    const status = document.getElementById("status");
    if (status) status.textContent = text;
  };
  const fit = (text, ...values) => values.reduce((all, value) => all.replace("{}", value), text);
  const rowAt = (element) => {
    const body = element.closest?.("[data-line]");
    return body ? rows.findIndex((row) => row.id === Number(body.dataset.row)) : -1;
  };
  const boxOf = (control) => control.name.replace(/^line-\d+-/, "");
  const mode = () => form.elements.price_mode?.value ?? "net";
  let changes = 0;
  // An exempt line asks for its legal basis, wherever it stands.
  const exempt = () => {
    const isExempt = rows.some((row) => row.boxes.rate === "zw");
    table.closest("section").classList.toggle("lines-exempt", isExempt);
  };
  const changed = () => {
    changes += 1;
    exempt();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const sumsOf = (row) => {
    const isGross = mode() === "gross";
    const sums = LineSums.of(row.boxes, { isGross, isGiven: mode() === startMode, percents: data.percents });
    return sums ? sums.map(LineNumbers.shown) : ["–", "–", "–"];
  };

  // --- Drawing one row ---------------------------------------------------------------------------
  const put = (control, text) => {
    if (control.tagName === "SELECT" && ![...control.options].some((one) => one.value === text)) {
      control.add(new Option(text, text)); // from a file, say: shown, not exchanged
    }
    control.value = text;
  };

  const named = (root, row, index) => {
    for (const control of root.querySelectorAll("[name*='line-']")) {
      control.name = control.name.replace(/^line-\w+-/, `line-${index}-`);
      control.id = control.id.replace(/line-\w+?-/, `line-${index}-`);
    }
    for (const label of root.querySelectorAll("label")) {
      label.htmlFor = label.htmlFor.replace(/line-\w+?-/, `line-${index}-`);
    }
    for (const one of root.querySelectorAll("[aria-label]")) {
      one.setAttribute("aria-label", one.getAttribute("aria-label").replace(/\d+/, index + 1));
    }
    for (const one of root.querySelectorAll("output")) {
      one.id = one.id.replace(/^line-\w+-/, `line-${index}-`);
    }
  };

  const filled = (root, row) => {
    for (const control of root.querySelectorAll("[name^='line-']")) {
      put(control, row.boxes[boxOf(control)] ?? "");
    }
  };

  // "12szt" can only mean 12: the unit has a box of its own.
  const surely = (control) => {
    const match = /^([\d\s.,-]*\d)\s*[\p{L}%]+\.?$/u.exec(control.value.trim());
    const isNumber = control.inputMode === "decimal" && match && LineNumbers.read(match[1]);
    return isNumber ? match[1] : "";
  };
  const repair = (control, text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = fit(words.repair, text);
    button.addEventListener("click", () => {
      const row = rows[rowAt(control)];
      control.value = text;
      delete row.errors[boxOf(control)];
      control.dispatchEvent(new Event("input", { bubbles: true }));
      mark(control.closest("[data-line]"), row);
      control.focus();
    });
    return button;
  };

  const mark = (body, row) => {
    body.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
    body.querySelector(".line-error")?.remove();
    const errors = Object.entries(row.errors ?? {});
    if (!errors.length) return;
    const line = document.importNode(errorPattern, true);
    const first = line.querySelector(".field-error");
    for (const [box, texts] of errors) {
      const control = body.querySelector(`[name$="-${box}"]`);
      for (const text of texts) {
        const one = first.cloneNode(true);
        one.id = control ? `${control.id}_error` : "";
        one.querySelector("span").textContent = `${said[box] ?? words[`said${box.toLowerCase()}`] ?? ""}: ${text}`;
        first.before(one);
        const right = control && surely(control);
        if (right) one.after(repair(control, right));
      }
      control?.setAttribute("aria-invalid", "true");
      control?.setAttribute("aria-describedby", `${control.id}_error`);
    }
    first.remove();
    body.querySelector(".line-row").after(line);
  };

  const summed = (body, row) => {
    const sums = sumsOf(row);
    body.querySelectorAll("output").forEach((output, at) => (output.textContent = sums[at]));
    const extras = boxNames.filter((name) => !usual.includes(name) && row.boxes[name]);
    body.querySelector("[data-extras]").textContent = extras
      .map((name) => (flags.has(name) ? said[name] : `${said[name]} ${row.boxes[name]}`))
      .join(", ");
    body.classList.toggle("line-before", row.boxes.StanPrzed === "1");
    const badge = body.querySelector("[data-badge]");
    badge.textContent = extras.length;
    badge.hidden = !extras.length;
  };

  const opened = (body, row, index) => {
    const panel = body.querySelector("[data-panel]");
    if (panel.childElementCount) return;
    panel.append(document.importNode(panelParts, true));
    named(panel, row, index);
    filled(panel, row);
    if (row.errors) mark(body, row);
  };

  const numbered = (body, row, index) => {
    if (body.dataset.index === String(index)) return;
    body.dataset.index = index;
    body.id = `line-${index}`;
    body.querySelector("[data-number]").textContent = index + 1;
    named(body, row, index);
  };

  const made = (row, index) => {
    const body = document.importNode(pattern, true);
    body.dataset.row = row.id;
    numbered(body, row, index);
    filled(body, row);
    row.open ||= Object.keys(row.errors ?? {}).some((box) => boxNames.includes(box));
    body.querySelector("[data-more]").open = row.open;
    if (row.open) opened(body, row, index);
    mark(body, row);
    summed(body, row);
    drawn.set(row.id, body);
    return body;
  };

  // --- The window --------------------------------------------------------------------------------
  let unit = 42;
  const range = (wanted) => {
    if (rows.length <= ALL) return [0, rows.length];
    if (wanted >= 0) return [Math.max(0, wanted - 20), Math.min(rows.length, wanted + 20)];
    const top = -table.getBoundingClientRect().top - (table.tHead?.offsetHeight ?? 0);
    let [start, end, sum] = [-1, rows.length, 0];
    for (let at = 0; at < rows.length; at += 1) {
      sum += rows[at].height || unit;
      if (start < 0 && sum > top - MARGIN) start = at;
      if (sum > top + window.innerHeight + MARGIN) {
        end = at + 1;
        break;
      }
    }
    if (start < 0) start = Math.max(0, rows.length - 20);
    const focus = rowAt(document.activeElement);
    if (focus >= 0 && focus > start - 300 && focus < end + 300) {
      [start, end] = [Math.min(start, focus), Math.max(end, focus + 1)];
    }
    return [start, end];
  };

  const heightOf = (from, to) => {
    let sum = 0;
    for (let at = from; at < to; at += 1) sum += rows[at].height || unit;
    return sum;
  };

  const draw = (wanted = -1) => {
    const focus = document.activeElement;
    const [start, end] = range(wanted);
    const kept = new Set(rows.slice(start, end).map((row) => row.id));
    for (const [id, body] of drawn) {
      if (kept.has(id)) continue;
      body.remove();
      drawn.delete(id);
    }
    let next = above.nextSibling;
    for (let at = start; at < end; at += 1) {
      const body = drawn.get(rows[at].id) ?? made(rows[at], at);
      numbered(body, rows[at], at);
      if (body === next) next = next.nextSibling;
      else table.insertBefore(body, next);
    }
    above.rows[0].cells[0].style.setProperty("height", `${heightOf(0, start)}px`);
    below.rows[0].cells[0].style.setProperty("height", `${heightOf(end, rows.length)}px`);
    above.hidden = !start;
    below.hidden = end === rows.length;
    if (rows.length > ALL) measure(start, end);
    if (focus !== document.activeElement && focus.isConnected) focus.focus({ preventScroll: true });
  };

  const measure = (start, end) => {
    const heights = rows.slice(start, end).map((row) => [row, drawn.get(row.id).offsetHeight]);
    const plain = heights.filter(([row]) => !row.open && !row.errors).map(([, height]) => height);
    if (plain.length) unit = plain.sort((a, b) => a - b)[plain.length >> 1] || unit;
    for (const [row, height] of heights) row.height = height === unit ? 0 : height;
  };

  let waits = false;
  const soon = () => {
    if (waits || rows.length <= ALL) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      draw();
    });
  };
  window.addEventListener("scroll", soon, { passive: true });
  window.addEventListener("resize", soon, { passive: true });

  const focusOn = (index, box = "name") => {
    if (!rows[index]) return;
    if (!drawn.has(rows[index].id)) draw(index);
    const body = drawn.get(rows[index].id);
    (body.querySelector(`[name$="-${box}"]`) ?? body.querySelector("[name$='-name']")).focus();
  };

  // --- What can be done to rows ------------------------------------------------------------------
  const blank = (like) => {
    const boxes = { ...data.blank };
    if (like?.boxes.unit !== undefined) boxes.unit = like.boxes.unit;
    if (like?.boxes.rate) boxes.rate = like.boxes.rate;
    return rowOf(boxes);
  };

  const add = (index = rows.length) => {
    rows.splice(index, 0, blank(rows[index - 1]));
    draw();
    changed();
  };

  const copy = (index, box) => {
    const boxes = { ...rows[index].boxes, position: "", NrWierszaFa: "", UU_ID: "" };
    rows.splice(index + 1, 0, rowOf(boxes));
    draw();
    changed();
    focusOn(index + 1, box);
  };

  const move = (index, by, box) => {
    const to = index + by;
    if (to < 0 || to >= rows.length) return;
    rows.splice(to, 0, ...rows.splice(index, 1));
    draw();
    focusOn(to, box);
    changed();
    say(fit(words.moved, to + 1, rows.length));
  };

  // What was removed can come back as long as the page lives, what was pasted over until somebody
  // types on; Ctrl+Z is ours only until then, afterwards it is the box's own.
  let undone = null;
  let isFresh = false;
  const undoBar = document.querySelector("[data-lines-undo]");
  const offerUndo = (text, undo) => {
    undone = undo;
    isFresh = true;
    undoBar.hidden = false;
    undoBar.querySelector("[data-undo-text]").textContent = text;
    say(`${text} ${undoBar.querySelector("[data-undo]").textContent}: Ctrl+Z.`);
  };
  const undo = () => {
    undone?.();
    forget();
  };
  const forget = () => {
    undone = null;
    undoBar.hidden = true;
  };

  const remove = (index, box) => {
    const [row] = rows.splice(index, 1);
    if (!rows.length) rows.push(blank());
    draw();
    changed();
    focusOn(Math.min(index, rows.length - 1), box);
    offerUndo(fit(words.removed, index + 1), () => {
      rows.splice(index, 0, row);
      draw();
      changed();
      focusOn(index, box);
    });
  };

  const toggle = (index) => {
    const details = drawn.get(rows[index].id).querySelector("[data-more]");
    details.open = !details.open;
    if (details.open) {
      opened(drawn.get(rows[index].id), rows[index], index);
      details.querySelector("[data-panel] :is(input, select)").focus();
    } else focusOn(index);
  };

  // Rows from the clipboard or a file: `boxes` of each, from a place on; past the end they are new.
  const insert = (found, index) => {
    const before = rows.map((row) => ({ ...row, boxes: { ...row.boxes } }));
    found.forEach((boxes, at) => {
      if (!rows[index + at]) rows.push(blank(rows.at(-1)));
      const row = rows[index + at];
      const isMoney = MONEY.some((name) => name in boxes && boxes[name] !== row.boxes[name]);
      if (isMoney) for (const name of AMOUNTS) row.boxes[name] = "";
      Object.assign(row.boxes, boxes);
      drawn.get(row.id)?.remove();
      drawn.delete(row.id);
    });
    draw();
    changed();
    focusOn(index);
    const back = () => {
      for (const body of drawn.values()) body.remove();
      drawn.clear();
      rows = before;
      draw();
      changed();
    };
    back.isWhole = true;
    offerUndo(fit(words.pasted, found.length), back);
  };

  // What was picked for one row from the catalogue; the quantity stays.
  const fill = (index, boxes) => {
    const row = rows[index];
    for (const name of AMOUNTS) row.boxes[name] = "";
    Object.assign(row.boxes, boxes);
    drawn.get(row.id)?.remove();
    drawn.delete(row.id);
    draw();
    changed();
    focusOn(index, "quantity");
  };

  // --- Typing ------------------------------------------------------------------------------------
  table.addEventListener("input", (event) => {
    const index = rowAt(event.target);
    if (index < 0 || !event.target.name) return;
    const [row, box] = [rows[index], boxOf(event.target)];
    const body = drawn.get(row.id);
    row.boxes[box] = event.target.value;
    changes += 1;
    isFresh = false;
    if (undone?.isWhole) forget();
    if (box === "rate") exempt();
    if (MONEY.includes(box)) {
      for (const name of AMOUNTS) {
        row.boxes[name] = "";
        const control = body.querySelector(`[name$="-${name}"]`);
        if (control) control.value = "";
      }
    }
    summed(body, row);
  });

  form.addEventListener("keydown", (event) => {
    if (event.key !== "z" || !event.ctrlKey || !undone || !isFresh) return;
    event.preventDefault();
    undo();
  });

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const index = button ? rowAt(button) : -1;
    const act = {
      "data-add-line": () => (add(), focusOn(rows.length - 1)),
      "data-undo": undo,
      "data-remove-line": () => remove(index),
      "data-copy-line": () => copy(index),
      "data-up-line": () => move(index, -1),
      "data-down-line": () => move(index, 1),
    };
    const name = button && Object.keys(act).find((one) => button.hasAttribute(one));
    if (!name) return;
    event.preventDefault();
    act[name]();
  });

  table.addEventListener(
    "toggle",
    (event) => {
      const index = rowAt(event.target);
      if (index < 0) return;
      const row = rows[index];
      row.open = event.target.open;
      if (row.open) opened(drawn.get(row.id), row, index);
      soon();
    },
    true,
  );

  form.addEventListener("change", (event) => {
    if (event.target.name !== "price_mode") return;
    for (const row of rows) if (drawn.has(row.id)) summed(drawn.get(row.id), row);
  });

  // --- Sending -----------------------------------------------------------------------------------
  let packed = { at: -1, text: "" };
  const text = () => {
    if (packed.at !== changes) {
      const names = [...new Set(rows.flatMap((row) => Object.keys(row.boxes).filter((n) => row.boxes[n])))];
      const cells = rows.map((row) => names.map((name) => row.boxes[name] ?? ""));
      packed = { at: changes, text: JSON.stringify({ names, rows: cells }) };
    }
    return packed.text;
  };
  const isOurs = (name) => /^line-\w+-/.test(name) || name === "lines_from";
  form.addEventListener("formdata", (event) => {
    for (const name of [...event.formData.keys()]) if (isOurs(name)) event.formData.delete(name);
    event.formData.set("lines_json", text());
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const parameters = event.detail.parameters;
    const names = Object.keys(parameters);
    if (!names.includes("csrfmiddlewaretoken") || !names.some(isOurs)) return;
    for (const name of names) if (isOurs(name)) delete parameters[name];
    parameters.lines_json = text();
  });

  // Of very long invoices the totals are asked for now and then, not at every stroke.
  let asked = 0;
  let later = 0;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (rows.length < LONG || event.detail.elt.id !== "totals") return;
    const wait = asked + PAUSE - performance.now();
    if (asked && wait > 0) {
      event.preventDefault();
      clearTimeout(later);
      later = setTimeout(() => form.dispatchEvent(new Event("input", { bubbles: true })), wait);
    } else asked = performance.now();
  });

  // A link to a box of a row that is not in sight, as the list of problems has them.
  const follow = (hash) => {
    const match = /^#id_line-(\d+)-(\w+)$/.exec(hash);
    if (!match || !rows[match[1]]) return false;
    const index = Number(match[1]);
    if (boxNames.includes(match[2])) {
      if (!drawn.has(rows[index].id)) draw(index);
      drawn.get(rows[index].id).querySelector("[data-more]").open = true;
      opened(drawn.get(rows[index].id), rows[index], index);
    }
    focusOn(index, match[2]);
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href*='#id_line-']");
    if (link && follow(new URL(link.href).hash)) event.preventDefault();
  });

  document.querySelector("[data-lines-pages]")?.remove();
  draw();
  exempt();
  follow(location.hash);
  const count = () => rows.length;
  window.ksefLines = { add, boxOf, copy, count, fill, focusOn, insert, move, remove, rowAt, toggle };
})();
