// How long a challenge of KSeF still lives, beside the plain time that stands there anyway; and a
// button that prints. The server's own "now" is taken, for a clock of the browser may be wrong.

function say(text) {
  document.getElementById("status").textContent = text;
}

function countDown(line) {
  const started = performance.now();
  const whole = Math.floor((Date.parse(line.dataset.until) - Date.parse(line.dataset.now)) / 1000);
  const target = line.querySelector(".left");
  let told = false;
  const show = () => {
    const left = whole - Math.floor((performance.now() - started) / 1000);
    if (left <= 0) {
      target.textContent = line.dataset.over;
      say(line.dataset.over);
      return;
    }
    if (left <= 60 && !told) {
      told = true;
      say(line.dataset.soon);
    }
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    target.textContent = line.dataset.left.replace("{left}", clock);
    line.classList.toggle("text-warn", left <= 120);
    setTimeout(show, 1000);
  };
  show();
}

for (const line of document.querySelectorAll("[data-until]")) countDown(line);

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
