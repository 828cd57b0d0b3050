// An element with data-events="/api/…/events" is refreshed at each event that the server pushes from that address.
// Only a visible page listens, because a browser opens few connections to one server.
const sources = new Map();

function listen() {
  const live = document.hidden ? [] : [...document.querySelectorAll("[data-events]")];
  const addresses = new Set(live.map((one) => one.dataset.events));
  for (const [address, source] of sources) {
    if (addresses.has(address)) continue;
    source.close();
    sources.delete(address);
  }
  for (const address of addresses) if (!sources.has(address)) sources.set(address, open(address));
}

function open(address) {
  const source = new EventSource(address);
  const refresh = (event) => {
    if (JSON.parse(event.data).is_over) source.close(); // else the browser connects again and again
    for (const one of document.querySelectorAll(`[data-events="${address}"]`)) htmx.trigger(one, "refresh");
  };
  source.addEventListener("run", refresh);
  source.addEventListener("year", refresh);
  return source;
}

listen();
document.addEventListener("htmx:load", listen);
document.addEventListener("visibilitychange", listen);
