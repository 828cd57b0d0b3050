// The archive plan: one box ticks all of the page.
document.addEventListener("change", (event) => {
  if (event.target.id !== "all") return;
  for (const one of document.querySelectorAll('input[name="contact"]')) one.checked = event.target.checked;
});
