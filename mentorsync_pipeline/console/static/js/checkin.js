// The check-in page: search as you type in the roster that was loaded with the page, check in, undo, scan.

const page = document.getElementById("checkin");
if (page) {
  const MOST_SHOWN = 25;
  const PAGE_SIZE = 500;
  const REFRESH_MS = 30_000;
  const FEWEST_DIGITS = 3;
  const MENTOR_ID = /MN[0-9]{4,20}/i;

  const year = page.dataset.year;
  const mayEdit = page.dataset.mayEdit === "yes";
  const search = document.getElementById("checkin-search");
  const session = document.getElementById("checkin-session");
  const results = document.getElementById("checkin-results");
  const count = document.getElementById("checkin-count");
  const said = document.getElementById("checkin-said");
  const connection = document.getElementById("checkin-connection");
  const unsent = document.getElementById("checkin-unsent");
  const roster = new Map();
  const csrf = document.querySelector('meta[name="csrf"]').content;
  const queue = new CheckinQueue(year, csrf, onQueue);

  // --- the roster

  async function loadRoster() {
    try {
      let offset = 0;
      let total = 1;
      while (offset < total) {
        const response = await fetch(`/api/${year}/attendance/roster?limit=${PAGE_SIZE}&offset=${offset}`);
        if (!response.ok) return;
        const part = await response.json();
        for (const mentor of part.items) roster.set(mentor.mn_id, { ...mentor, found: searchable(mentor) });
        total = part.total;
        offset += PAGE_SIZE;
      }
      show();
    } catch {
      // Without a connection the roster of before is used.
    }
  }

  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const digits = (text) => text.replace(/\D/g, "");

  function searchable(mentor) {
    const texts = [mentor.mn_id, mentor.first_name, mentor.preferred_name, mentor.last_name];
    return { text: fold(texts.filter(Boolean).join(" ")), phone: digits(mentor.phone || "") };
  }

  function matching(typed) {
    const words = fold(typed).split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const number = /\p{L}/u.test(typed) ? "" : digits(typed);
    return [...roster.values()].filter(
      ({ found }) =>
        words.every((word) => found.text.includes(word)) ||
        (number.length >= FEWEST_DIGITS && found.phone.includes(number)),
    );
  }

  // A mentor as it will be once everything is sent: the check-in in force, and whether it is still to be sent.
  function standing(mentor) {
    let current = { id: mentor.device_record_id, by: mentor.recorded_by, waiting: false };
    for (const item of queue.pending()) {
      if (item.mn_id === mentor.mn_id) {
        current = { id: item.action === "check-in" ? item.device_record_id : null, by: null, waiting: true };
      }
    }
    return current;
  }

  // --- what is shown

  function show() {
    const found = matching(search.value);
    showEntries(found.slice(0, MOST_SHOWN));
    // As on the overview: mentors who have not dropped out; attendance is a check-in here, or a tick in Givebutter.
    const mentors = [...roster.values()].filter((mentor) => !mentor.dropped);
    const here = mentors.filter((mentor) => standing(mentor).id).length;
    const attended = mentors.filter((mentor) => standing(mentor).id || mentor.attended_training).length;
    count.textContent = search.value.trim()
      ? fill(["none", "foundOne"][found.length] ?? (found.length > MOST_SHOWN ? "more" : "found"), { count: found.length, shown: MOST_SHOWN })
      : fill("all", { count: mentors.length, attended, here });
    showUnsent();
  }

  // An entry that has not changed stays as it is: an answer that arrives while a button is pressed must not move it.
  let entries = new Map();

  function showEntries(mentors) {
    const next = new Map();
    for (const mentor of mentors) {
      const now = standing(mentor);
      const text = JSON.stringify([mentor, now]);
      const before = entries.get(mentor.mn_id);
      next.set(mentor.mn_id, before?.text === text ? before : { text, line: entry(mentor, now) });
    }
    const lines = [...next.values()].map(({ line }) => line);
    const unchanged = lines.length === results.children.length && lines.every((line, at) => line === results.children[at]);
    entries = next;
    if (!unchanged) results.replaceChildren(...lines);
  }

  const fill = (name, values) =>
    Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, () => asText(value)), page.dataset[name]);

  const asText = (value) => (typeof value === "number" ? value.toLocaleString("en-US") : value);

  const nameOf = (mentor) =>
    mentor ? [mentor.preferred_name || mentor.first_name, mentor.last_name].filter(Boolean).join(" ") : "";

  function entry(mentor, now) {
    const line = document.createElement("li");
    const label = document.createElement("span");
    label.append(Object.assign(document.createElement("strong"), { textContent: nameOf(mentor) || mentor.mn_id }));
    label.append(` ${mentor.mn_id}`);
    const state = Object.assign(document.createElement("small"), { textContent: stateOf(mentor, now) });
    label.append(document.createElement("br"), state);
    line.append(label);
    line.dataset.mnId = mentor.mn_id;
    line.classList.toggle("here", Boolean(now.id));
    line.append(now.id ? button("undo", mentor, () => undo(mentor, now.id)) : button("check", mentor, () => checkIn(mentor)));
    return line;
  }

  function stateOf(mentor, now) {
    if (now.waiting) return page.dataset.waiting;
    if (now.id) return fill("checkedIn", { who: now.by || "" });
    if (mentor.attended_training) return page.dataset.ticked;
    return mentor.dropped ? page.dataset.dropped : "";
  }

  function button(kind, mentor, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = page.dataset[kind];
    made.setAttribute("aria-label", `${page.dataset[kind]}: ${nameOf(mentor)} ${mentor.mn_id}`);
    if (kind === "check") made.className = "big";
    made.disabled = !mayEdit;
    made.addEventListener("click", act);
    return made;
  }

  // Equal items stay as they are: a button that is replaced between press and release is not clicked.
  let unsentShown = "";
  function showUnsentItems(items) {
    const lines = items.map((item) => [item, `${item.action === "undo" ? page.dataset.undo : page.dataset.check}: ${nameOf(roster.get(item.mn_id))} ${item.mn_id}`]);
    const shown = JSON.stringify(lines.map(([item, text]) => [item.key, text, item.refused]));
    if (shown === unsentShown) return;
    unsentShown = shown;
    document.getElementById("checkin-unsent-list").replaceChildren(
      ...lines.map(([item, text]) => {
        const line = document.createElement("li");
        line.append(text);
        if (item.refused) {
          line.className = "refused";
          line.append(document.createElement("br"), item.refused, " ");
          const made = Object.assign(document.createElement("button"), { type: "button", textContent: page.dataset.dismiss });
          made.className = "quiet";
          made.addEventListener("click", () => queue.dismiss(item));
          line.append(made);
        }
        return line;
      }),
    );
  }

  function showUnsent() {
    const items = queue.items();
    unsent.hidden = !items.length;
    document.getElementById("checkin-unsent-title").textContent = fill("unsent", { count: items.length });
    showUnsentItems(items);
    const waiting = { waiting: "noConnection", login: "logIn", sending: "sending" }[queue.state];
    connection.textContent = waiting && queue.pending().length ? page.dataset[waiting] : "";
  }

  // --- acts

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // A browser that stores nothing could lose an act, so the act is refused with a reason.
  function keep(action, mentor, deviceRecordId, named) {
    try {
      queue.add(action, mentor.mn_id, deviceRecordId, named);
      return true;
    } catch {
      said.textContent = page.dataset.noStorage;
      return false;
    }
  }

  function checkIn(mentor) {
    if (standing(mentor).id) return; // a second press
    if (!keep("check-in", mentor, newId(), session.value.trim())) return;
    said.textContent = fill("didCheck", { who: nameOf(mentor) || mentor.mn_id });
    search.focus();
    search.select();
  }

  function undo(mentor, deviceRecordId) {
    if (keep("undo", mentor, deviceRecordId, null)) said.textContent = fill("didUndo", { who: nameOf(mentor) || mentor.mn_id });
  }

  function onQueue(answer, item) {
    const mentor = item && roster.get(item.mn_id);
    if (mentor && answer.status === 200) {
      const record = answer.body.record;
      const inForce = record.undone_at === null;
      mentor.device_record_id = inForce ? record.device_record_id : null;
      mentor.recorded_by = inForce ? record.recorded_by : null;
      if (answer.body.outcome === "already") said.textContent = fill("wasHere", { who: nameOf(mentor), by: record.recorded_by });
    } else if (mentor && item.action === "undo" && answer.status === 404) {
      loadRoster();
    }
    show();
  }

  // --- scanning

  const scan = document.getElementById("checkin-scan");
  const camera = document.getElementById("checkin-camera");
  let stream = null;

  async function startScan() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      said.textContent = page.dataset.noCamera;
      return;
    }
    camera.srcObject = stream;
    camera.hidden = false;
    await camera.play();
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    while (stream) {
      const codes = await detector.detect(camera).catch(() => []);
      const id = codes.map((code) => MENTOR_ID.exec(code.rawValue)).find(Boolean);
      if (id) {
        stopScan();
        search.value = id[0].toUpperCase();
        show();
        results.querySelector("button")?.focus();
        return;
      }
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  function stopScan() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    camera.hidden = true;
  }

  if ("BarcodeDetector" in window && navigator.mediaDevices) {
    scan.hidden = false;
    scan.addEventListener("click", () => (stream ? stopScan() : startScan()));
  }

  // --- start

  const rememberedSession = `mentorsync-session:${year}`;
  session.value = localStorage.getItem(rememberedSession) || session.value;
  session.addEventListener("change", () => localStorage.setItem(rememberedSession, session.value));
  search.addEventListener("input", show);
  document.getElementById("checkin-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const buttons = results.querySelectorAll("button.big");
    if (results.children.length === 1 && buttons.length === 1) buttons[0].click();
  });
  document.getElementById("checkin-send").addEventListener("click", () => queue.send());
  window.addEventListener("online", () => queue.send());
  window.addEventListener("storage", show);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    queue.send();
    loadRoster();
  });
  setInterval(() => document.visibilityState === "visible" && loadRoster(), REFRESH_MS);
  // A QR code may also hold the address of this page with the id, for cameras that open addresses.
  const asked = MENTOR_ID.exec(new URLSearchParams(location.search).get("mentor") || "");
  if (asked) search.value = asked[0].toUpperCase();
  loadRoster().then(() => queue.send());
}
