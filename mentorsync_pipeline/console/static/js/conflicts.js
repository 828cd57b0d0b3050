// Conflicts: going through the list by key, Enter, and a value of one's own. Without it everything works by mouse and Tab.

// j and k move through the list; Enter on a row opens it, as on any link.
for (const step of document.querySelectorAll("[data-step]")) {
  step.addEventListener("click", () => {
    const links = [...document.querySelectorAll("a.open")];
    const at = links.indexOf(document.activeElement) + Number(step.dataset.step);
    links.at(Math.max(0, Math.min(at, links.length - 1)))?.focus();
  });
}

// A value of one's own: the first field is ready at once, or what is typed next would be taken for keys that decide.
// Enter in it takes what is there.
const own = document.getElementById("own");
// The bar at the bottom must not hide them.
const ready = () => {
  own.scrollIntoView({ block: "center" });
  own.querySelector("input:not([type=hidden]), select")?.focus({ preventScroll: true });
};
own?.querySelector("summary").addEventListener("click", (event) => {
  event.preventDefault();
  own.open = !own.open;
  if (own.open) ready();
});
// The bar's "Something else" opens the same part.
document.querySelector("[data-opens=own]")?.addEventListener("click", (event) => {
  event.preventDefault();
  own.open = true;
  ready();
});
own?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-own]")) return;
  event.preventDefault();
  document.getElementById("decide").requestSubmit(document.getElementById("take-own"));
});

// Enter in the day of "Skip until" skips until that day.
document.querySelector("[name=skipped_until]")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  document.getElementById("decide").requestSubmit(document.getElementById("skip-until"));
});

// What is chosen twice by mistake is sent once.
document.getElementById("decide")?.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
