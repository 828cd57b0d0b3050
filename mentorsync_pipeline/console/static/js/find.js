// The search at the top of every page: Ctrl-K, results below the field, arrow keys through them, Escape back.
const field = document.querySelector(".find input");
const found = document.getElementById("found");

function links() {
  return [...found.querySelectorAll("a")];
}

function show(visible) {
  found.hidden = !visible;
}

if (field) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  document.querySelector(".find").addEventListener("keydown", (event) => {
    const list = found.hidden ? [] : links();
    const at = list.indexOf(document.activeElement);
    if (event.key === "Escape") {
      if (at >= 0) field.focus();
      show(false);
    } else if (event.key === "ArrowDown" && list.length) {
      event.preventDefault();
      list[Math.min(at + 1, list.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (list[at - 1] ?? field).focus();
    }
  });

  found.addEventListener("htmx:afterSwap", () => show(field.value.trim() !== ""));
  field.addEventListener("input", () => {
    if (!field.value.trim()) show(false);
  });
  field.addEventListener("focus", () => show(field.value.trim() !== "" && found.childElementCount > 0));
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".find")) show(false);
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".find")) show(false);
  });
}
