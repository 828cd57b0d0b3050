// An element with data-events="/api/…/events" gets the event "refresh" at each event that the server pushes from that address.
// One with data-version shows this version of the year's data, so an event of the same version is ignored.
// Only a visible page listens, because a browser opens few connections to one server.
// A browser connects again by itself, but not after a refusal, and it does not notice a connection that died silently. The
// first event of a connection is the present state, so nothing is missed, and nobody has to ask again and again.
const sources = new Map();
const heard = new Map();
const latest = new Map();
const RETRY = 10_000;
const AGAIN = 5_000;
const SILENCE = 45_000; // the server is never silent for longer than 15 seconds

function listen() {
  const live = document.hidden ? [] : [...document.querySelectorAll("[data-events]")];
  const addresses = new Set(live.map((one) => one.dataset.events));
  for (const address of sources.keys()) if (!addresses.has(address)) forget(address);
  for (const address of addresses) if (!sources.has(address)) sources.set(address, open(address));
}

function forget(address) {
  sources.get(address).close();
  sources.delete(address);
  heard.delete(address);
}

function refresh(address, version) {
  for (const one of document.querySelectorAll(`[data-events="${address}"]`)) {
    if (!version || one.dataset.version !== version) htmx.trigger(one, "refresh");
  }
}

function open(address) {
  const source = new EventSource(address);
  const note = () => heard.set(address, Date.now());
  const read = (event) => {
    const { is_over, version } = JSON.parse(event.data);
    latest.set(address, version);
    if (is_over) {
      source.close(); // else the browser connects again and again
      heard.delete(address);
    } else note();
    refresh(address, version);
    // A refresh gets lost when the answer to the one before it replaces the element meanwhile.
    setTimeout(() => {
      if (sources.get(address) !== source) return;
      if (is_over) {
        sources.delete(address);
        listen();
      } else if (version && latest.get(address) === version) {
        for (const one of document.querySelectorAll(`[data-events="${address}"][data-version]`)) {
          if (one.dataset.version !== version) htmx.trigger(one, "refresh");
        }
      }
    }, AGAIN);
  };
  source.addEventListener("run", read);
  source.addEventListener("year", read);
  source.addEventListener("alive", note);
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    heard.delete(address);
    setTimeout(() => {
      if (sources.get(address) !== source) return;
      forget(address);
      refresh(address); // whoever was logged out gets the login
      listen();
    }, RETRY);
  });
  note();
  return source;
}

setInterval(() => {
  for (const [address, at] of heard) if (Date.now() - at > SILENCE) forget(address);
  listen();
}, 15_000);
listen();
document.addEventListener("htmx:load", listen);
document.addEventListener("visibilitychange", listen);
