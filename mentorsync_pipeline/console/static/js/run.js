// A run's page is refreshed at each change of the run, which the server pushes; without events, every 20 seconds.

const live = document.querySelector("[data-events]");
if (live) {
  const events = new EventSource(live.dataset.events);
  events.addEventListener("run", (event) => {
    htmx.trigger("#run", "refresh");
    if (JSON.parse(event.data).is_over) events.close(); // else the browser connects again and again
  });
}
