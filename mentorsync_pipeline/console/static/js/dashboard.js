// Draws the charts of the overview from the tables behind them, and again when those have come anew.
// Times are those of the team's time zone, as on all pages.
const timeZone = document.getElementById("charts").dataset.zone;
const moments = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZone });
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const numbers = new Intl.NumberFormat("en-US");
const days = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", timeZone });
const times = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", timeZone });
const clock = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23", timeZone });
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MOST_TICKS = 6;

// The midnight of the zone next to a time: the hours since it are taken away, or those until it added.
function nearestMidnight(value) {
  const part = Object.fromEntries(clock.formatToParts(value).map(({ type, value: text }) => [type, Number(text)]));
  const passed = part.hour * HOUR + part.minute * 60_000 + part.second * 1000 + (value % 1000);
  return value - passed + (part.hour >= 12 ? DAY : 0);
}

// Ticks of weeks: in the middle of the week, where its bar is, one to some weeks apart.
function weekTicks(first, last) {
  const step = [1, 2, 4, 8].find((weeks) => (last - first) / (7 * DAY) / weeks <= MOST_TICKS) ?? 13;
  const ticks = [];
  for (let at = first + 3.5 * DAY; at < last; at += step * 7 * DAY) ticks.push({ value: at });
  return ticks;
}

// Ticks of a time axis: midnights, one day to some weeks apart; for less than two days, times.
function timeTicks(first, last) {
  const span = last - first;
  const ticks = [];
  if (span < 2 * DAY) {
    const parts = span < HOUR ? 1 : 3;
    for (let at = 0; at <= parts; at += 1) ticks.push({ value: first + (span * at) / parts });
    return ticks;
  }
  const step = [1, 2, 7, 14, 28, 56].find((length) => span / DAY / length <= MOST_TICKS) ?? 91;
  // A day with a change of the clock has 23 or 25 hours, so each midnight is found again.
  for (let at = nearestMidnight(first + DAY / 2); at <= last; at = nearestMidnight(at + step * DAY)) ticks.push({ value: at });
  return ticks;
}

// A canvas does not know light-dark(), so an element resolves the token.
function colour(name) {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(--${name === "primary" ? "accent" : name})`;
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;

function draw(canvas) {
  const table = canvas.closest("figure").querySelector("table");
  const rows = [...table.tBodies[0].rows];
  const inMoney = canvas.dataset.money === "yes";
  const weekly = canvas.dataset.weekly === "yes";
  const moment = (row) => new Date(row.querySelector("time").dateTime).getTime() + (weekly ? 3.5 * DAY : 0);
  const first = moment(rows[0]) - (weekly ? 3.5 * DAY : 0);
  const last = Math.max(moment(rows[rows.length - 1]) + (weekly ? 3.5 * DAY : 0), first + 60_000);
  const short = last - first < 2 * DAY;
  const text = getComputedStyle(document.body).color;
  const ticks = { color: text };
  const datasets = [...table.tHead.rows[0].cells].slice(1).map((head, at) => ({
    label: head.textContent,
    data: rows.map((row) => {
      const value = row.cells[at + 1].dataset.value;
      return { x: moment(row), y: value === "" ? null : Number(value) };
    }),
    borderColor: colour(head.dataset.colour),
    backgroundColor: colour(head.dataset.colour),
    borderWidth: 2,
    pointRadius: rows.length > 40 ? 0 : 3,
    clip: false,
    stepped: canvas.dataset.stepped === "yes",
    spanGaps: true,
    maxBarThickness: 28,
  }));
  new Chart(canvas, {
    type: weekly ? "bar" : "line",
    data: { datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { display: datasets.length > 1, labels: { color: text, boxWidth: 14 } },
        tooltip: {
          callbacks: {
            title: (items) => (weekly ? days.format(items[0].parsed.x - 3.5 * DAY) : moments.format(items[0].parsed.x)),
            label: (item) => (inMoney ? dollars.format(item.parsed.y) : `${item.dataset.label}: ${numbers.format(item.parsed.y)}`),
          },
        },
      },
      scales: {
        x: {
          type: "linear",
          min: first,
          max: last,
          afterBuildTicks: (axis) => {
            axis.ticks = weekly ? weekTicks(first, last) : timeTicks(first, last);
          },
          ticks: { ...ticks, maxRotation: 0, autoSkip: false, callback: (value) => (short ? times : days).format(weekly ? nearestMidnight(value - 3.5 * DAY) : value) },
          grid: { display: false, offset: false },
          offset: false,
        },
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
