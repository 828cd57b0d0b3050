// An element with data-events="/api/…/events" is refreshed at each event that the server pushes from that address.
// One with data-version shows this version of the year's data, so an event of the same version is ignored.
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
    const { is_over, version } = JSON.parse(event.data);
    if (is_over) source.close(); // else the browser connects again and again
    for (const one of document.querySelectorAll(`[data-events="${address}"]`)) {
      if (!version || one.dataset.version !== version) htmx.trigger(one, "refresh");
    }
  };
  source.addEventListener("run", refresh);
  source.addEventListener("year", refresh);
  return source;
}

listen();
document.addEventListener("htmx:load", listen);
document.addEventListener("visibilitychange", listen);
