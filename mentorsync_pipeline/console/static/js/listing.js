// Lists with boxes to choose rows: the box in the head chooses all of the page, the buttons say how many.
function boxes() {
  return [...document.querySelectorAll('input[type="checkbox"][name="ids"]')];
}

function tell() {
  const all = document.querySelector("[data-pick-all]");
  if (!all) return;
  const chosen = boxes().filter((box) => box.checked).length;
  (all.closest("label") ?? all).hidden = boxes().length === 0;
  all.checked = chosen > 0 && chosen === boxes().length;
  all.indeterminate = chosen > 0 && chosen < boxes().length;
  for (const one of document.querySelectorAll("[data-chosen]")) one.textContent = chosen ? `(${chosen})` : "";
  for (const one of document.querySelectorAll("[data-needs-chosen]")) one.disabled = chosen === 0;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches('[data-pick-all], input[name="ids"]')) tell();
});
document.addEventListener("htmx:load", tell);
tell();
