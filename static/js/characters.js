// Characters that KSeF refuses are said beside the field as soon as they are pasted or typed.
// The server finds the same ones (invoices/fa3/characters.py); this only saves a round trip.
(() => {
  "use strict";
  const planes = Array.from({ length: 16 }, (_, n) =>
    String.fromCodePoint(((n + 1) << 16) | 0xfffe) + String.fromCodePoint(((n + 1) << 16) | 0xffff));
  const controls = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f";
  const refused = new RegExp(`[${controls}\\ud800-\\udfff\\ufdd0-\\ufdef\\ufffe\\uffff${planes.join("")}]`, "gu");
  const breaks = /[\u000b\u000c\u001c-\u001f]/g;

  const words = document.getElementById("characters-words");
  const form = document.getElementById("invoice-form");
  if (!words || !form) return;

  const isText = (box) =>
    box instanceof HTMLTextAreaElement ||
    (box instanceof HTMLInputElement && /^(text|search|email|tel|url|)$/.test(box.getAttribute("type") || ""));

  const code = (character) => `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

  const place = (text, at) => {
    const before = text.slice(0, at).replace(refused, "").trim().split(/\s+/).slice(-3).join(" ");
    return before ? words.dataset.after.replace("%s", before) : words.dataset.start;
  };

  const noteOf = (box) => box.parentElement.querySelector(":scope > .characters-note");

  const clean = (box) => {
    box.value = box.value.replace(breaks, " ").replace(refused, "");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
    box.focus();
  };

  const draw = (box, first) => {
    const note = document.createElement("p");
    note.className = "characters-note field-error";
    note.setAttribute("role", "status");
    const text = document.createElement("span");
    text.textContent = `${words.dataset.text.replace("%s", code(first[0]))} ${place(box.value, first.index)}. `;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-text";
    button.textContent = words.dataset.remove;
    button.addEventListener("click", () => clean(box));
    note.append(text, button);
    box.after(note);
  };

  const look = (event) => {
    const box = event.target;
    if (!isText(box) || (box.form !== form && !form.contains(box))) return;
    const first = [...box.value.matchAll(refused)][0];
    noteOf(box)?.remove();
    if (first) draw(box, first);
  };

  document.addEventListener("input", look);
})();
