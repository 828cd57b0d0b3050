// Lists with boxes to choose rows: the box in the head or below the list chooses all of the page, the buttons say how many.
function boxes() {
  return [...document.querySelectorAll("[data-pick]")];
}

function tell() {
  const chosen = boxes().filter((box) => box.checked).length;
  for (const all of document.querySelectorAll("[data-pick-all]")) {
    (all.closest("label") ?? all).hidden = boxes().length === 0;
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && chosen < boxes().length;
  }
  for (const one of document.querySelectorAll("[data-chosen]")) one.textContent = chosen ? `(${chosen.toLocaleString("en-US")})` : "";
  for (const one of document.querySelectorAll("[data-needs-chosen]")) one.disabled = chosen === 0;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("[data-pick-all], [data-pick]")) tell();
});
document.addEventListener("htmx:load", tell);
tell();
