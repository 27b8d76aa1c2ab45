"use strict";

// Which curves are shown, and in which order. Values in, values out: nothing here knows the page.

/** Whether a curve passes every filter that is set. */
function passes(curve, wanted) {
  return (!wanted.stopped || curve.stop_step !== null)
    && (!wanted.disagreeing || curve.disagreement !== null)
    && (!wanted.changed || curve.change !== null)
    && (!wanted.verdict || curve.verdict === wanted.verdict)
    && (!wanted.signal || curve.findings.some((finding) => finding.signal === wanted.signal))
    && curve.id.toLowerCase().includes(wanted.text.trim().toLowerCase());
}

const byId = (one, other) => one.id.localeCompare(other.id, "en");

/** Curves without a delay come last, whatever the others' are. */
const lateness = (curve) => (curve.delay === null ? -Infinity : curve.delay.share);

const ORDERS = {
  id: byId,
  rows: (one, other) => other.rows - one.rows || byId(one, other),
  delay: (one, other) => descending(lateness(one), lateness(other)) || byId(one, other),
};

/** As a subtraction would, for infinities too. */
function descending(one, other) {
  return one === other ? 0 : one < other ? 1 : -1;
}

/** The curves to show, in order. */
function chosen(curves, wanted) {
  return curves.filter((curve) => passes(curve, wanted)).sort(ORDERS[wanted.sort]);
}

/** How many curves have each value, in the order in which the values first come. */
function counted(curves, valuesOf) {
  const counts = new Map();
  for (const curve of curves) {
    for (const value of new Set(valuesOf(curve))) counts.set(value, (counts.get(value) || 0) + 1);
  }
  return counts;
}
