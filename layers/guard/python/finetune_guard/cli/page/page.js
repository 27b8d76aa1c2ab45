"use strict";

// The page: a card for each curve, drawn while it is near the window, and the controls above.
// Names and sentences are data from elsewhere: they are written as text, never as markup.

const page = JSON.parse(document.getElementById("data").textContent);
const controls = document.getElementById("controls");
const place = document.getElementById("curves");
const cards = new Map();
const charts = new Map();

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const plain = (name) => name.replaceAll("_", " ");
const percent = (share) => `${(100 * share).toFixed(1)} %`;

// ---- a curve's card

function factsOf(curve) {
  const facts = element("p", "facts");
  facts.append(element("span", `verdict ${curve.verdict}`, curve.verdict));
  facts.append(element("span", "", rowsOf(curve.rows)), stopOf(curve.stop_step));
  if (curve.default) facts.append(element("span", curve.change ? "change" : "", againstDefault(curve)));
  return facts;
}

const rowsOf = (count) => (count === 1 ? "1 row" : `${count.toLocaleString("en")} rows`);
const stopped = (step) => (step === null ? "not stopped" : `stopped at step ${step}`);
const stopOf = (step) => element("span", step === null ? "" : "stops", stopped(step));

function againstDefault(curve) {
  if (!curve.change) return "as by default";
  if (curve.change === "by findings only") return "by default: other findings";
  return `by default: ${curve.default.verdict}, ${stopped(curve.default.stop_step)}`;
}

function findingsOf(curve) {
  const list = element("ol");
  list.append(...curve.findings.map(findingOf));
  return list;
}

function findingOf(finding) {
  const item = element("li");
  const name = `${plain(finding.signal)} (${finding.severity})`;
  item.append(element("span", `signal ${finding.severity}`, name));
  if (finding.detected_step !== null) {
    item.append(` begins at step ${finding.first_step}, detected at ${finding.detected_step}.`);
  }
  item.append(` ${finding.sentence} ${finding.advice}`);
  return item;
}

function labelOf(label) {
  const onset = label.onset_step === null ? "" : ` from step ${label.onset_step}`;
  const reason = label.reason ? `: ${label.reason}` : "";
  const stop = `to be stopped: ${label.should_stop}, confidence ${label.confidence}`;
  return `Label: ${label.kind}${onset}, ${stop}${reason}`;
}

function delayOf(delay) {
  const since = delay.labelled ? "the labelled onset" : "the finding's first step";
  if (delay.share === 0) return `Alarm at ${since}.`;
  const side = delay.share < 0 ? "before" : "after";
  return `Alarm ${percent(Math.abs(delay.share))} of the rows ${side} ${since}.`;
}

/** What a person who cannot see the chart is told of it; the rest stands below it as text. */
function spoken(curve) {
  return `Loss of ${curve.id} over ${curve.rows} rows; what is marked in it stands below.`;
}

function chartPlace(curve) {
  if (!curve.training.step.length) return element("p", "chart none", "There is no row to draw.");
  const made = element("div", "chart");
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", spoken(curve));
  return made;
}

function cardOf(curve) {
  const card = element("article");
  card.append(element("h2", "", curve.id), factsOf(curve), chartPlace(curve));
  const told = curve.findings.some((finding) => finding.sentence === curve.reason);
  if (!told) card.append(element("p", "", curve.reason));
  if (curve.findings.length) card.append(findingsOf(curve));
  if (curve.delay) card.append(element("p", "delay", delayOf(curve.delay)));
  if (curve.label) card.append(element("p", "label", labelOf(curve.label)));
  const against = `Against the label: ${curve.disagreement}`;
  if (curve.disagreement) card.append(element("p", "against", against));
  return card;
}

function card(curve) {
  if (!cards.has(curve)) {
    const made = cardOf(curve);
    cards.set(curve, made);
    const chart = made.querySelector("div.chart");
    if (chart) {
      chart.curve = curve;
      nearby.observe(chart);
    }
  }
  return cards.get(curve);
}

// ---- charts, only those near the window

const nearby = new IntersectionObserver(come, { rootMargin: "400px" });

function come(entries) {
  for (const entry of entries) (entry.isIntersecting ? show : hide)(entry.target);
}

function show(chart) {
  if (!charts.has(chart)) charts.set(chart, draw(chart.curve, chart, controls.elements.scale.value));
}

function hide(chart) {
  charts.get(chart)?.destroy();
  charts.delete(chart);
}

function redraw() {
  for (const chart of [...charts.keys()]) {
    hide(chart);
    show(chart);
  }
}

function fit() {
  charts.forEach((drawn, chart) => {
    if (chart.clientWidth) drawn.setSize({ width: chart.clientWidth, height: CHART_HEIGHT });
  });
}

// ---- controls

function wanted() {
  const { text, verdict, signal, sort, stopped, disagreeing, changed } = controls.elements;
  return {
    text: text.value,
    verdict: verdict.value,
    signal: signal.value,
    sort: sort.value,
    stopped: stopped.checked,
    disagreeing: disagreeing.checked,
    changed: changed.checked,
  };
}

function update() {
  const curves = chosen(page.curves, wanted());
  document.getElementById("count").textContent = `${curves.length} of ${page.curves.length} curves`;
  if (curves.length) place.replaceChildren(...curves.map(card));
  else place.replaceChildren(element("p", "empty", "No curve is like that. Reset shows all."));
}

function offer(select, counts) {
  for (const [value, count] of counts) {
    const option = element("option", "", `${plain(value)} (${count})`);
    option.value = value;
    select.append(option);
  }
}

function introduce() {
  document.getElementById("about").textContent = page.about;
  for (const part of document.querySelectorAll("[data-if]")) part.hidden = !page[part.dataset.if];
  offer(controls.elements.verdict, counted(page.curves, (curve) => [curve.verdict]));
  const signals = (curve) => curve.findings.map((finding) => finding.signal);
  offer(controls.elements.signal, counted(page.curves, signals));
}

function listen() {
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", (event) => (event.target.name === "scale" ? redraw() : update()));
  // The fields have their first values again only after the event.
  controls.addEventListener("reset", () => setTimeout(() => { update(); redraw(); }));
  new ResizeObserver(fit).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

controls.reset();
introduce();
listen();
update();
