// The archive plan: one box ticks all of the page. Without it each is ticked by itself.
const all = document.getElementById("all");
if (all) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const one of document.querySelectorAll('input[name="contact"]')) one.checked = all.checked;
  });
}
