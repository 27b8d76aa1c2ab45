"use strict";

// One curve as a chart: the losses by uPlot, what was found drawn over them.

const CHART_HEIGHT = 230;
/** With so few rows each is a dot; among more, only what has no neighbour to be joined to. */
const ROWS_AS_DOTS = 100;
/** Distances between the steps that are written below a chart; there is no half step. */
const POWERS = Array.from({ length: 16 }, (_, power) => 10 ** power);
const WHOLE = POWERS.flatMap((power) => [power, 2 * power, 5 * power]);
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif";

/** A colour of the page, light or dark as the page is now. */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Losses that the scale can show; the others become gaps and are told by ticks. */
function drawable(losses, scale) {
  return losses.map((loss) => (loss !== null && (scale === "linear" || loss > 0) ? loss : null));
}

/** All losses on common steps; a step that only one of them has is no gap in another. */
function columnsOf(curve, scale) {
  const tables = [curve.training, curve.validation, ...curve.others.map((other) => other.training)]
    .filter((series) => series.step.length)
    .map((series) => [series.step, drawable(series.loss, scale)]);
  return tables.length > 1 ? uPlot.join(tables) : tables[0];
}

/** Indexes of values that stand between two gaps, where no line shows them. */
function alone(values) {
  const lone = [];
  values.forEach((value, at) => {
    if (value != null && values[at - 1] == null && values[at + 1] == null) lone.push(at);
  });
  return lone;
}

/** Colours of the curves that are drawn over another one. */
const OTHERS = 4;

function trainingLine(rows, name, paint) {
  const dots = { size: 5, fill: colour(paint), width: 0 };
  const few = rows <= ROWS_AS_DOTS;
  if (!few) dots.filter = (chart, index) => alone(chart.data[index]);
  const points = { show: true, ...dots };
  return { label: name, stroke: colour(paint), width: 1.5, points, value: shown };
}

function validationLine(rows) {
  const paint = colour("validation");
  const dots = { show: true, size: rows <= 30 ? 6 : 4, fill: paint, width: 0 };
  return { label: "validation loss", stroke: paint, width: 1, dash: [2, 4], points: dots, value: shown };
}

const shown = (chart, value) => (value == null ? "–" : number(value));

/** A loss or an axis value in few characters. */
function number(value) {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e6)) return String(Number(value.toPrecision(4)));
  return value.toExponential(1).replace(".0", "").replace("+", "");
}

/** Room around the losses, more of it above, where the findings' numbers stand. */
function linearRange(chart, low, high) {
  if (low == null) return [0, 1];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + 2.5 * room];
}

function logRange(chart, low, high) {
  if (low == null || !(low > 0)) return [0.1, 10];
  const room = Math.max((high / low) ** 0.06, 1.05);
  return [low / room, high * room ** 2.5];
}

/** Round values in a logarithmic range: 1, 2 and 5 of each decade, even steps where it is narrow. */
function logSplits(chart, axis, low, high) {
  const decades = Math.log10(high / low);
  if (decades < 1) return evenSplits(low, high);
  const digits = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  const every = Math.ceil(decades / 8);
  const splits = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += every) {
    splits.push(...digits.map((digit) => digit * 10 ** power));
  }
  return splits.filter((split) => split >= low && split <= high);
}

function evenSplits(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((digit) => digit * power >= rough) * power;
  const count = Math.floor(high / step) - Math.ceil(low / step) + 1;
  return Array.from({ length: count }, (_, at) => (Math.ceil(low / step) + at) * step);
}

function axes(scale) {
  const grid = { stroke: colour("grid"), width: 1 };
  const look = { stroke: colour("quiet"), grid, ticks: grid, font: `12px ${FONT}` };
  const loss = { ...look, size: 58, values: (chart, splits) => splits.map(number) };
  // With logSplits the increments are not used, but uPlot leaves out an axis for which it finds none.
  const log = { splits: logSplits, filter: (chart, splits) => splits, incrs: [1e300] };
  if (scale === "log") Object.assign(loss, log);
  return [{ ...look, size: 34, incrs: WHOLE }, loss];
}

/** What is marked at which step; wider lines first, so that a narrow one on the same step is seen. */
function marksOf(curve) {
  const marks = [
    ...curve.borders.map((border) => ({ ...border, look: "border" })),
    { step: curve.stop_step, look: "stop", text: "stop", row: 0 },
    { step: curve.default?.stop_step, look: "default", text: "stop by default", row: 1 },
    ...curve.findings.flatMap((finding, at) => marksOfFinding(finding, at + 1)),
    { step: curve.label?.onset_step, look: "onset", text: "onset", row: 2 },
  ];
  return marks.filter((mark) => mark.step != null);
}

function marksOfFinding(finding, place) {
  const paint = finding.severity;
  return [
    { step: finding.detected_step, look: "detected", paint, number: place },
    { step: finding.first_step, until: finding.detected_step, look: "begins", paint },
  ];
}

const LOOKS = {
  border: { width: 1, dash: [2, 3], paint: "quiet" },
  begins: { width: 1, dash: [4, 3] },
  detected: { width: 2, dash: [] },
  stop: { width: 5, dash: [], paint: "critical" },
  default: { width: 4, dash: [3, 3], paint: "default" },
  onset: { width: 2, dash: [8, 3, 2, 3], paint: "onset" },
};

/** Canvas column of a step; a step outside the chart stands at its edge. */
function columnOf(chart, step) {
  const { left, width } = chart.bbox;
  return Math.min(left + width, Math.max(left, chart.valToPos(step, "x", true)));
}

/** Whether a step is in the part of the curve that is shown, or beyond an end of the whole curve. */
function inSight(chart, step) {
  const steps = chart.data[0];
  const inside = Math.min(steps[steps.length - 1], Math.max(steps[0], step));
  return inside >= chart.scales.x.min && inside <= chart.scales.x.max;
}

function drawBands(chart, marks) {
  const { top, height } = chart.bbox;
  chart.ctx.fillStyle = colour("band");
  for (const mark of marks.filter((one) => one.until != null)) {
    const from = columnOf(chart, mark.step);
    chart.ctx.fillRect(from, top, columnOf(chart, mark.until) - from, height);
  }
}

/** A border's name stands at the top and behind it, where a falling curve leaves room; others at the bottom. */
function name(chart, mark, at) {
  const { top, height } = chart.bbox;
  if (mark.look === "border") write(chart, mark.text, at, top + 7 * uPlot.pxRatio, true);
  else write(chart, mark.text, at, top + height - (8 + 15 * mark.row) * uPlot.pxRatio);
}

function drawMark(chart, mark) {
  const { top, height } = chart.bbox;
  const look = LOOKS[mark.look];
  const at = columnOf(chart, mark.step);
  const pen = chart.ctx;
  pen.strokeStyle = pen.fillStyle = colour(mark.paint || look.paint);
  pen.lineWidth = look.width * uPlot.pxRatio;
  pen.setLineDash(look.dash.map((length) => length * uPlot.pxRatio));
  pen.beginPath();
  pen.moveTo(at, top);
  pen.lineTo(at, top + height);
  pen.stroke();
  if (mark.text) name(chart, mark, at);
}

/** The numbers of findings that are detected at one step stand together. */
function drawNumbers(chart, marks) {
  const numbered = marks.filter((mark) => mark.number);
  for (const step of new Set(numbered.map((mark) => mark.step))) {
    const together = numbered.filter((mark) => mark.step === step);
    chart.ctx.fillStyle = colour(together[0].paint);
    const numbers = together.map((mark) => mark.number).join(", ");
    write(chart, numbers, columnOf(chart, step), chart.bbox.top + 16 * uPlot.pxRatio);
  }
}

/** Text beside a line, on a ground of the card's colour, on the side that has more room. */
function write(chart, text, at, line, behind = false) {
  const pen = chart.ctx;
  const ratio = uPlot.pxRatio;
  pen.font = `600 ${12 * ratio}px ${FONT}`;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  const width = pen.measureText(text).width;
  const right = behind || at < chart.bbox.left + chart.bbox.width / 2;
  const from = right ? at + 6 * ratio : at - 6 * ratio - width;
  const ink = pen.fillStyle;
  pen.fillStyle = colour("card");
  pen.fillRect(from - 2 * ratio, line - 7 * ratio, width + 4 * ratio, 14 * ratio);
  pen.fillStyle = ink;
  pen.fillText(text, from, line);
}

/** Losses without a height: not finite at the top edge; on a log scale zero and less at the bottom. */
function drawTicks(chart, series, paint, scale) {
  const { top, height } = chart.bbox;
  const width = 2 * uPlot.pxRatio;
  const length = 9 * uPlot.pxRatio;
  chart.ctx.fillStyle = colour(paint);
  drawable(series.loss, scale).forEach((loss, at) => {
    if (loss !== null || !inSight(chart, series.step[at])) return;
    const line = series.loss[at] === null ? top : top + height - length;
    chart.ctx.fillRect(columnOf(chart, series.step[at]) - width / 2, line, width, length);
  });
}

function drawOver(chart, curve, marks, scale) {
  chart.ctx.save();
  const sight = marks.filter((mark) => inSight(chart, mark.step));
  sight.forEach((mark) => drawMark(chart, mark));
  drawNumbers(chart, sight);
  drawTicks(chart, curve.training, "training", scale);
  drawTicks(chart, curve.validation, "validation", scale);
  curve.others.forEach((other, at) => drawTicks(chart, other.training, paintOf(at), scale));
  chart.ctx.restore();
}

const paintOf = (place) => `other-${place % OTHERS}`;

/** The steps, then a line for each loss that the curve has. */
function seriesOf(curve) {
  const series = [{ label: "step", value: (chart, step) => (step == null ? "–" : step) }];
  const name = curve.name || "training loss";
  if (curve.training.step.length) series.push(trainingLine(curve.rows, name, "training"));
  if (curve.validation.step.length) series.push(validationLine(curve.validation.step.length));
  curve.others.forEach((other, at) => {
    series.push(trainingLine(other.training.step.length, other.name, paintOf(at)));
  });
  return series;
}

/** Draws a curve into its place and returns the chart. */
function draw(curve, place, scale) {
  const marks = marksOf(curve);
  const loss = scale === "log" ? { distr: 3, range: logRange } : { range: linearRange };
  return new uPlot({
    width: place.clientWidth,
    height: CHART_HEIGHT,
    scales: { x: { time: false }, y: loss },
    series: seriesOf(curve),
    axes: axes(scale),
    cursor: { drag: { x: true, y: false }, points: { size: 6 } },
    hooks: {
      drawClear: [(chart) => drawBands(chart, marks)],
      draw: [(chart) => drawOver(chart, curve, marks, scale)],
    },
  }, columnsOf(curve, scale), place);
}
