// What every page needs: keys, and the CSRF token on htmx's requests.
// What one page alone needs is in a file of its own.

// An element with data-key="a" is clicked, or focused if it is a field, by that key; "?" lists the keys of the page.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select");
  if (typing) {
    if (event.key === "Escape") typing.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    showKeys();
    return;
  }
  const wanted = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key && !one.disabled);
  if (!wanted) return;
  event.preventDefault();
  if (event.repeat && wanted.matches("button, summary")) return; // a key that is held down decides once
  if (wanted.matches("input:not([type=submit]), textarea, select")) wanted.focus();
  else wanted.click();
});

// Enter, while nothing has the focus, presses the page's primary button.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  const nothing = [document.body, document.getElementById("main")].includes(document.activeElement);
  if (event.key !== "Enter" || event.repeat || !nothing || document.querySelector("dialog[open]")) return;
  document.querySelector("[data-enter]")?.click();
});

document.querySelector("[data-shows-keys]")?.addEventListener("click", showKeys);

function showKeys() {
  const dialog = document.getElementById("keys");
  const list = dialog.querySelector("dl");
  list.replaceChildren();
  for (const one of document.querySelectorAll("[data-key]")) {
    const key = document.createElement("dt");
    key.append(Object.assign(document.createElement("kbd"), { textContent: one.dataset.key }));
    const label = one.dataset.keyLabel || one.getAttribute("aria-label") || one.textContent.trim().replace(/\s+/g, " ");
    list.append(key, Object.assign(document.createElement("dd"), { textContent: label }));
  }
  dialog.showModal();
}

// Filters act while they are typed, so their button is not needed; the address has only those that are set.
document.documentElement.classList.add("live");
document.addEventListener("htmx:configRequest", (event) => {
  const { parameters, verb, elt } = event.detail;
  if (verb === "get" && elt.matches(".filters")) {
    for (const [name, value] of Object.entries(parameters)) if (value === "") delete parameters[name];
  }
  event.detail.headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf"]').content;
});

// Whoever was logged out meanwhile gets the login page, not a piece of it inside another.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (new URL(event.detail.xhr.responseURL, location.href).pathname !== "/login") return;
  event.detail.shouldSwap = false;
  location.reload();
});
