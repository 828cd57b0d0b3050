// Draws the charts of the overview from the tables behind them, and again when those have come anew.
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });

function colour(name) {
  const style = getComputedStyle(document.documentElement);
  return style.getPropertyValue(name === "primary" ? "--accent" : `--${name}`).trim();
}

function draw(canvas) {
  const table = canvas.closest("figure").querySelector("table");
  const rows = [...table.tBodies[0].rows];
  const inMoney = canvas.dataset.money === "yes";
  const text = getComputedStyle(document.body).color;
  const ticks = { color: text };
  const datasets = [...table.tHead.rows[0].cells].slice(1).map((head, at) => ({
    label: head.textContent,
    data: rows.map((row) => (row.cells[at + 1].dataset.value === "" ? null : Number(row.cells[at + 1].dataset.value))),
    borderColor: colour(head.dataset.colour),
    backgroundColor: colour(head.dataset.colour),
    borderWidth: 2,
    pointRadius: rows.length > 40 ? 0 : 3,
    stepped: canvas.dataset.stepped === "yes",
    spanGaps: true,
  }));
  new Chart(canvas, {
    type: "line",
    data: { labels: rows.map((row) => moments.format(new Date(row.querySelector("time").dateTime))), datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { display: datasets.length > 1, labels: { color: text, boxWidth: 14 } },
        tooltip: { callbacks: inMoney ? { label: (item) => dollars.format(item.parsed.y) } : {} },
      },
      scales: {
        x: { ticks: { ...ticks, maxTicksLimit: 4, maxRotation: 0 }, grid: { display: false } },
        y: {
          beginAtZero: true,
          ticks: { ...ticks, maxTicksLimit: 6, precision: 0, ...(inMoney && { callback: (value) => dollars.format(value) }) },
          grid: { color: colour("line") },
        },
      },
    },
  });
}

function drawAll() {
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    Chart.getChart(canvas)?.destroy();
    draw(canvas);
  }
}
drawAll();
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt.id === "charts") drawAll();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

// A download leaves the page as it is; the server has recorded it by the time that the page asks again.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-refreshes]");
  if (link) setTimeout(() => htmx.trigger(document.querySelector(link.dataset.refreshes), "refresh"), 1500);
});
