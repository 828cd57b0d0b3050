// Check-ins and undos that are still to be sent. Each is an entry of its own in localStorage, so that a page that is
// closed loses nothing and two tabs do not overwrite each other. An entry holds MN ids and no name. The server counts a
// repeat with the same device id once, so sending again after a lost answer is safe.

const FINAL = new Set([400, 404, 409, 413, 422]); // sending the same again would not help
const LOGIN_NEEDED = new Set([401, 403]);
const TIMEOUT_MS = 10_000;
const LONGEST_WAIT_MS = 30_000;

class CheckinQueue {
  // `changed(answer, item)` is called after every step; with an answer when the server gave one to an item.
  constructor(year, csrf, changed) {
    this.prefix = `mentorsync-checkin:${year}:`;
    this.address = `/api/${year}/attendance`;
    this.csrf = csrf;
    this.changed = changed;
    this.state = "idle"; // idle, sending, waiting, login
    this.wait = 1_000;
    this.timer = null;
  }

  // The entries in the order in which they were made.
  items() {
    const found = [];
    for (let at = 0; at < localStorage.length; at += 1) {
      const key = localStorage.key(at);
      if (key.startsWith(this.prefix)) found.push({ ...JSON.parse(localStorage.getItem(key)), key });
    }
    return found.sort((one, other) => one.made - other.made);
  }

  pending() {
    return this.items().filter((item) => !item.refused);
  }

  add(action, mnId, deviceRecordId, session) {
    const made = Math.max(Date.now(), ...this.items().map((item) => item.made + 1));
    const item = { action, mn_id: mnId, device_record_id: deviceRecordId, session, made, observed_at: new Date().toISOString() };
    localStorage.setItem(`${this.prefix}${deviceRecordId}:${action}`, JSON.stringify(item));
    this.changed();
    this.send();
  }

  dismiss(item) {
    localStorage.removeItem(item.key);
    this.changed();
  }

  async send() {
    if (this.state === "sending") return;
    clearTimeout(this.timer);
    this.state = "sending";
    this.changed();
    let item;
    while ((item = this.pending()[0])) {
      const answer = await this.post(item);
      if (answer === null || answer.status >= 500 || answer.status === 429) {
        this.later();
        return;
      }
      if (LOGIN_NEEDED.has(answer.status)) {
        this.state = "login";
        this.changed(answer, item);
        return;
      }
      this.wait = 1_000;
      this.settle(item, answer);
    }
    this.state = "idle";
    this.changed();
  }

  settle(item, answer) {
    const nothingToUndo = item.action === "undo" && answer.status === 404;
    if (FINAL.has(answer.status) && !nothingToUndo) {
      const { key, ...kept } = item;
      const words = answer.body ? `${answer.body.detail} ${answer.body.what_to_do}` : String(answer.status);
      localStorage.setItem(key, JSON.stringify({ ...kept, refused: words }));
    } else {
      localStorage.removeItem(item.key);
    }
    this.changed(answer, item);
  }

  later() {
    this.state = "waiting";
    this.changed();
    this.timer = setTimeout(() => this.send(), this.wait);
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT_MS);
  }

  // The server's answer to an item; null when there was none.
  async post(item) {
    const checkIn = item.action === "check-in";
    const body = checkIn
      ? { mn_id: item.mn_id, device_record_id: item.device_record_id, session: item.session || null, observed_at: item.observed_at }
      : { device_record_id: item.device_record_id };
    try {
      const response = await fetch(`${this.address}/${item.action}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": this.csrf },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, body: await response.json() };
    } catch {
      return null;
    }
  }
}
