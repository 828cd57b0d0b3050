// Uploading a file: streamed to the API with its progress shown, and the answer in plain words.

// Refusals that a person may lift with a reason.
const FORCEABLE = new Set(["LIST_SHRUNK", "EXPORT_OLDER", "CELLS_UNUSABLE", "REASON_MISSING"]);

const form = document.getElementById("upload-form");
if (form) {
  const card = document.getElementById("upload");
  const answer = document.getElementById("upload-answer");
  const progress = document.getElementById("upload-progress");
  const force = document.getElementById("upload-force");
  const button = form.querySelector("button");
  const input = form.elements.file;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(input.files[0]);
  });

  // A file may also be dropped onto the card.
  for (const kind of ["dragover", "dragleave", "drop"]) {
    card.addEventListener(kind, (event) => {
      event.preventDefault();
      card.classList.toggle("over", kind === "dragover");
    });
  }
  card.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length || button.disabled) return;
    input.files = event.dataTransfer.files;
    send(input.files[0]);
  });
  input.addEventListener("change", () => say("", ""));
  window.addEventListener("beforeunload", (event) => {
    if (button.disabled) event.preventDefault(); // the upload would be lost
  });

  function send(file) {
    if (file.size > Number(answer.dataset.largest)) {
      say(answer.dataset.tooLarge, "alert");
      return;
    }
    const query = new URLSearchParams({ name: file.name, modified: file.lastModified / 1000 });
    if (!force.hidden) query.set("force_reason", form.elements.reason.value);
    const request = new XMLHttpRequest();
    request.open("POST", `/api/uploads?${query}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-CSRF-Token", document.querySelector('meta[name="csrf"]').content);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress.value = (100 * event.loaded) / event.total;
    });
    request.upload.addEventListener("load", () => {
      progress.removeAttribute("value");
      say(answer.dataset.checking, "");
    });
    request.addEventListener("load", () => done(request));
    request.addEventListener("error", () => ended(answer.dataset.lost, "alert"));
    button.disabled = true;
    progress.hidden = false;
    progress.value = 0;
    say(answer.dataset.sending, "");
    request.send(file);
  }

  function done(request) {
    const told = request.response || {};
    if (request.status === 202) {
      ended(answer.dataset[`taken${told.kind === "export" ? "Export" : "Failed_rows"}`], "done");
      form.reset();
      force.hidden = true;
      htmx.trigger(document.body, "uploaded");
      return;
    }
    force.hidden = !FORCEABLE.has(told.code);
    ended(told.detail ? `${told.detail} ${told.what_to_do}` : answer.dataset.lost, "alert");
  }

  function ended(text, look) {
    button.disabled = false;
    progress.hidden = true;
    say(text, look);
  }

  function say(text, look) {
    const line = document.createElement("p");
    line.textContent = text;
    if (look) line.className = look;
    answer.replaceChildren(...(text ? [line] : []));
  }
}
