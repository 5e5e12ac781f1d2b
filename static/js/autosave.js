// A draft saves itself: a moment after the last change, when the window loses the focus, and on
// leaving. One request at a time; what the form says then is read beside the tree that the page
// was drawn from, so the page goes on as it is. Without this script the buttons do the same.
(() => {
  const form = document.getElementById("invoice-form");
  const holder = document.getElementById("saving");
  if (!form || !holder) return;

  const QUIET = 2_000, LONGEST = 15_000, ANSWER = 20_000;
  const SMALL = 50_000; // browsers carry at most 64 kB for a page that is gone
  const WAITS = [10, 20, 40, 60];
  const texts = holder.dataset;
  const shown = document.querySelector("[data-saved]");
  const status = document.getElementById("status");
  const line = document.createElement("p");
  const name = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  let edits = 0, saved = 0, turn = 0, tries = 0;
  let firstEdit = 0, since = "", timer = 0;
  let running = null, stopped = Boolean(document.getElementById("conflict")), leaving = false;
  if (stopped) edits = 1; // shown to be decided, stored nowhere

  line.className = "dock-saving";
  line.hidden = true;
  document.querySelector(".dock")?.prepend(line);
  const box = (key) => form.querySelector(`input[name="${key}"]`);
  const own = (key, value) => {
    const input = box(key) ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: key }));
    input.value = value;
  };
  own("page", name);
  own("turn", turn);

  const dirty = () => edits !== saved;
  // Warsaw's hour, as the server says it, wherever this browser is.
  const clock = () =>
    new Date().toLocaleTimeString("pl", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Warsaw" });
  const say = (text) => { if (status) status.textContent = text; };

  function plan(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function changed(event) {
    if (stopped || (event.target !== form && event.target.form !== form)) return;
    if (!dirty()) firstEdit = Date.now();
    edits += 1;
    since ||= clock();
    if (!tries) plan(Math.max(0, Math.min(QUIET, firstEdit + LONGEST - Date.now())));
  }

  // After a login in another tab the cookie holds another token than the page.
  function refreshToken() {
    const token = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1];
    if (token) own("csrfmiddlewaretoken", token);
  }

  function content() {
    refreshToken();
    own("turn", (turn += 1));
    const body = new FormData(form);
    body.set("action", "autosave");
    return body;
  }

  const post = (body, more) =>
    fetch(form.getAttribute("action"), {
      method: "POST", body, redirect: "manual", headers: { Accept: "application/json" }, ...more,
    });

  function save() {
    if (running) return running;
    if (stopped || leaving || !dirty()) return Promise.resolve();
    clearTimeout(timer);
    running = send(edits).finally(() => {
      running = null;
      if (!stopped && !leaving && !tries && dirty()) plan(QUIET);
    });
    return running;
  }

  async function send(upTo) {
    let answer, said;
    try {
      answer = await post(content(), { signal: AbortSignal.timeout(ANSWER) });
      const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
      said = isJson ? await answer.json() : {};
    } catch {
      return failed("offline");
    }
    if (said.state === "saved" || said.state === "untouched") return succeeded(said, upTo);
    if (said.html) return stop(said.html);
    if (answer.type === "opaqueredirect") return failed("login");
    if (answer.status === 404) return gone();
    return failed({ 403: "forbidden", 413: "large" }[answer.status] ?? "offline");
  }

  function succeeded(said, upTo) {
    saved = upTo;
    if (said.state === "saved") {
      if (box("once")) settle(said);
      own("version", said.version);
      since = said.at;
      if (shown) shown.textContent = said.text;
      if (said.note || !line.hidden) say([said.text, said.note].filter(Boolean).join(". "));
    }
    tries = 0;
    line.hidden = true;
  }

  // The new invoice has become a draft: from here on the page is the draft's own.
  function settle(said) {
    box("once").remove();
    own("draft", said.draft);
    form.setAttribute("action", said.url);
    history.replaceState(null, "", said.url);
    say(said.text);
  }

  function failed(kind) {
    const seconds = WAITS[Math.min(tries, WAITS.length - 1)];
    tries += 1;
    tell(texts[`text${kind[0].toUpperCase()}${kind.slice(1)}`].replace("{from}", since).replace("{seconds}", seconds));
    if (kind === "login") {
      const link = Object.assign(document.createElement("a"), { href: texts.login, target: "_blank", rel: "noopener", textContent: texts.textOpenLogin });
      line.append(" ", link);
    }
    plan(seconds * 1000);
  }

  function tell(text) {
    const isNew = line.hidden;
    line.textContent = text;
    line.hidden = false;
    if (isNew) say(text);
  }

  // Somebody else was faster, or the draft is issued: only a person knows what is to be done.
  function stop(html) {
    stopped = true;
    clearTimeout(timer);
    holder.innerHTML = html;
    const heading = holder.querySelector(".note-title");
    tell("");
    line.append(Object.assign(document.createElement("a"), { href: "#conflict", textContent: heading?.textContent ?? "" }));
    say(heading?.textContent ?? "");
  }

  function gone() {
    stopped = true;
    clearTimeout(timer);
    tell(texts.textGone);
    const button = Object.assign(document.createElement("button"), { className: "button button-small", name: "action", value: "save", textContent: texts.textAgain });
    button.setAttribute("form", form.id);
    button.setAttribute("formaction", texts.new);
    line.append(" ", button);
  }

  function size() {
    let bytes = 0;
    for (const [key, value] of new FormData(form)) bytes += key.length + 2 * value.length + 100;
    return bytes;
  }

  // A button waits for the save that is on its way; what could not be saved is not sent into
  // nothing, where the browser's own error page would take the place of the form.
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (running || (tries && !stopped)) {
      event.preventDefault();
      const { submitter } = event;
      (running ?? save()).then(() => (tries ? say(line.textContent) : form.requestSubmit(submitter)));
      return;
    }
    refreshToken();
    own("turn", (turn += 1));
    leaving = true;
    clearTimeout(timer);
    setTimeout(() => { if (event.defaultPrevented) leaving = false; });
  });

  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  window.addEventListener("blur", () => save());
  window.addEventListener("online", () => save());
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });

  window.addEventListener("beforeunload", (event) => {
    if (leaving || (!dirty() && !tries)) return;
    if (stopped || tries || size() > SMALL) event.preventDefault();
  });

  window.addEventListener("pagehide", () => {
    if (leaving || stopped || !dirty()) return;
    leaving = true;
    if (size() <= SMALL) post(content(), { keepalive: true }).catch(() => {});
  });
})();
