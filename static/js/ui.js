// What a script adds to pages that work without it. One listener each on the document, so that
// parts swapped in by htmx need nothing.

const answers = new WeakMap();

function say(text) {
  document.getElementById("status").textContent = text;
}

// A copy button beside every code that may be copied.
function addCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const code of root.querySelectorAll("[data-copy]:not([data-ready])")) {
    code.dataset.ready = "";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = code.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent.trim());
      button.textContent = code.dataset.copied;
      say(code.dataset.copied);
    });
    code.after(button);
  }
}

// After a failed submit the person starts at the list of problems; other swaps leave the focus.
function focusProblems(root) {
  const list = root.id === "problems" ? root : root.querySelector("#problems");
  if (list) list.focus();
}

// Browsers bring the line of the caret into sight, not the whole box: the dock would cover it.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches("textarea")) target.scrollIntoView({ block: "nearest" });
});

// Only one menu is open; Escape and a click elsewhere close it, Escape returns the focus.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A form is sent once; the pressed button says what is happening.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  const button = event.submitter;
  if (!button?.dataset.busy || event.defaultPrevented) return;
  form.dataset.sent = "yes";
  button.setAttribute("aria-busy", "true");
  (button.querySelector("span") ?? button).textContent = button.dataset.busy;
});

// Coming back with the browser's button finds the form ready again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

function prepare(root) {
  addCopyButtons(root);
  focusProblems(root);
}

// How high the foot of a form is depends on its words; what has the focus stays clear of it.
function measureFoot() {
  const foot = document.querySelector(".dock");
  if (!foot) return;
  const measure = () => {
    const covers = getComputedStyle(foot).position === "sticky";
    document.documentElement.style.setProperty("--dock-height", `${covers ? foot.offsetHeight : 0}px`);
  };
  new ResizeObserver(measure).observe(foot);
  window.addEventListener("resize", measure);
}

measureFoot();
prepare(document);
// A part that asks again and again is swapped only when the answer is new, so that the focus and
// a selection in it stay. When the focused control went with the old part, its heading is next.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr, shouldSwap } = event.detail;
  if (!target.matches("[data-calm]") || !shouldSwap) return;
  if (answers.get(target) === xhr.responseText && xhr.status === 200) event.detail.shouldSwap = false;
  answers.set(target, xhr.responseText);
  target.dataset.held = target.contains(document.activeElement) ? "yes" : "";
});

document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.target.closest?.("[data-held=yes]");
  if (!part || document.activeElement !== document.body) return;
  const heading = part.querySelector("h2");
  heading.tabIndex = -1;
  heading.focus();
});

document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) prepare(event.detail.elt);
});
