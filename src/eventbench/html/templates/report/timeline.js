"use strict";

// The timeline: a bar for each incident, in rows by type or side; a count for each while there
// are too many to tell apart.
const timeline = (() => {
  const DAY = 24 * 60 * 60 * 1000;
  const MOST_BARS = 400;
  const BAR = 8, GAP = 3, LABEL = 20, HISTOGRAM = 56;
  const box = document.getElementById("timeline-chart");
  const note = document.getElementById("timeline-note");
  const hues = new Map(data.kinds.map(({ name, hue }) => [name, hue]));
  let view = null; // the days that are shown, in milliseconds; null: those where most is
  let shown = [];
  let limits = null;

  const kindsOf = (incident) => [...new Set(incident.types.map((type) => type.split("/")[0]))];
  const colour = (kind) => `hsl(${hues.get(kind) ?? 0} var(--edge))`;
  const day = (time) => new Date(time).toISOString().slice(0, 10);

  function spans(numbers) {
    return numbers.flatMap((number) => {
      const { first, last } = data.incidents[number];
      return first ? [{ number, from: Date.parse(first), to: Date.parse(last) + DAY }] : [];
    });
  }

  // All days; or if a few lie far away, so that the others would be one stroke, without those.
  function mostDays(items) {
    const all = wholeExtent(items);
    const from = d3.quantile(items, 0.15, (item) => item.from);
    const to = d3.quantile(items, 0.9, (item) => item.to);
    const margin = 0.1 * (to - from) + DAY;
    return all[1] - all[0] > 2 * (to - from)
      ? [Math.max(all[0], from - margin), Math.min(all[1], to + margin)] : all;
  }

  function wholeExtent(items) {
    const from = d3.min(items, (item) => item.from), to = d3.max(items, (item) => item.to);
    const margin = 0.02 * (to - from) + DAY;
    return [from - margin, to + margin];
  }

  function lanes(items) {
    const by = document.querySelector("input[name=rows]:checked").value;
    const names = (incident) => {
      const found = by === "types" ? kindsOf(incident) : incident.sides;
      return found.length ? found : ["no side named"];
    };
    const grouped = new Map();
    if (by === "types") for (const { name } of data.kinds) grouped.set(name, []);
    for (const item of items) {
      for (const name of names(data.incidents[item.number])) {
        if (!grouped.has(name)) grouped.set(name, []);
        grouped.get(name).push({ ...item, kind: by === "types" ? name : kindsOf(data.incidents[item.number])[0] });
      }
    }
    const found = [...grouped].filter(([, members]) => members.length);
    return by === "types" ? found : d3.sort(found, ([, members]) => -members.length);
  }

  // Give every bar the first row of its lane that is free there.
  function pack(members, x, top) {
    const ends = [];
    const bars = d3.sort(members, (item) => item.from).map((item) => {
      const left = Math.max(x(view[0]), x(item.from));
      const right = Math.min(Math.max(left + 6, x(item.to)), x(view[1]));
      let row = ends.findIndex((end) => end + 2 <= left);
      if (row < 0) row = ends.push(0) - 1;
      ends[row] = right;
      const y1 = top + row * (BAR + GAP);
      return { ...item, x1: x.invert(left), x2: x.invert(right), y1, y2: y1 + BAR };
    });
    return [bars, top + ends.length * (BAR + GAP)];
  }

  function tooltip(item) {
    const { title, first, last, vague, types, level } = data.incidents[item.number];
    const days = first === last ? first : `${first} to ${last}`;
    const labels = types.filter((type) => type.includes("/")).join(", ").replaceAll("/", " ");
    return [title, `${days}${vague ? " (at some time within)" : ""}`, labels, level === "incident" ? "" : level]
      .filter(Boolean).join("\n");
  }

  function barMarks(bars) {
    const asserted = (item) => data.incidents[item.number].told;
    const options = {
      x1: "x1", x2: "x2", y1: "y1", y2: "y2", rx: 2,
      fill: (item) => (asserted(item) ? colour(item.kind) : "var(--paper)"),
      fillOpacity: (item) => (data.incidents[item.number].vague ? 0.45 : 1),
      href: (item) => `#i${item.number}`,
      clip: true,
    };
    const contested = (item) => data.incidents[item.number].contested;
    return [
      Plot.rect(bars.filter((item) => !contested(item)), { ...options, stroke: (item) => colour(item.kind), strokeWidth: 1.5 }),
      Plot.rect(bars.filter(contested), { ...options, stroke: "currentColor", strokeWidth: 2.5 }),
      Plot.tip(bars, Plot.pointer({
        x: (item) => new Date((+item.x1 + +item.x2) / 2), y: (item) => (item.y1 + item.y2) / 2, title: tooltip,
        maxRadius: 24,
      })),
    ];
  }

  // How many incidents are under way in each stretch of days.
  function countMarks(members, x, top, highest) {
    const steps = x.ticks(Math.max(8, Math.floor((x.range()[1] - x.range()[0]) / 12)));
    const edges = [...new Set([view[0], ...steps.map(Number), view[1]])].sort(d3.ascending);
    const bins = d3.pairs(edges).map(([from, to]) => ({
      from, to, count: members.filter((item) => item.from < to && item.to > from).length,
    }));
    highest.value = Math.max(highest.value, d3.max(bins, (bin) => bin.count));
    return { bins, top, kind: members[0].kind };
  }

  function describeDrawn(items, inside) {
    const undated = shown.length - items.length;
    const outside = items.length - inside.length;
    const parts = [`${plural(inside.length, "incident")} from ${day(view[0])} to ${day(view[1] - DAY)}.`];
    if (outside) parts.push(`${outside} on other days: choose “All days”.`);
    if (undated) parts.push(`${undated} without a day.`);
    return parts.join(" ");
  }

  function draw(numbers, choice) {
    shown = numbers ?? shown;
    const items = spans(shown);
    if (choice) {
      view = null;
      const { since, until } = choice;
      limits = since && until && since <= until ? [Date.parse(since), Date.parse(until) + DAY] : null;
    }
    if (!items.length) {
      box.replaceChildren(element("p", { class: "none" }, "No incident with a day."));
      note.textContent = "";
      return;
    }
    view ??= limits ?? mostDays(items);
    const inside = items.filter((item) => item.from < view[1] && item.to > view[0]);
    const width = Math.max(240, box.clientWidth);
    const x = d3.scaleUtc(view, [1, width - 1]);
    const marks = [];
    const labels = [];
    let top = 0;
    const found = lanes(inside);
    const counted = inside.length > MOST_BARS;
    const highest = { value: 1 };
    const histograms = [];
    for (const [name, members] of found) {
      labels.push({ name: `${name} ${members.length}`, y: top });
      if (counted) {
        histograms.push(countMarks(members, x, top + LABEL, highest));
        top += LABEL + HISTOGRAM;
      } else {
        const [bars, bottom] = pack(members, x, top + LABEL);
        marks.push(...barMarks(bars));
        top = bottom + GAP;
      }
    }
    for (const { bins, top, kind } of histograms) {
      const size = (bin) => (HISTOGRAM - 6) * (bin.count / highest.value);
      marks.push(Plot.rect(bins.filter((bin) => bin.count), {
        x1: "from", x2: "to", y1: (bin) => top + HISTOGRAM - size(bin), y2: top + HISTOGRAM, inset: 0.5,
        fill: colour(kind), title: (bin) => `${day(bin.from)} to ${day(bin.to - 1)}: ${bin.count}`, tip: true,
      }));
    }
    const chart = Plot.plot({
      width, height: top + 34, marginLeft: 1, marginRight: 1, marginTop: 4, marginBottom: 30,
      x: { type: "utc", domain: view, label: null }, y: { domain: [top, 0], axis: null },
      color: { type: "identity" }, opacity: { type: "identity" },
      marks: [
        Plot.gridX({ stroke: "currentColor", strokeOpacity: 0.12 }),
        Plot.ruleY(labels.slice(1), { y: "y", stroke: "currentColor", strokeOpacity: 0.25 }),
        Plot.text(labels, { y: "y", frameAnchor: "left", text: "name", dy: 11, fontWeight: 600, textAnchor: "start", stroke: "var(--paper)", fill: "currentColor", strokeWidth: 4 }),
        ...marks,
      ],
    });
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", `Timeline. ${describeDrawn(items, inside)} The table of incidents has them all.`);
    for (const link of chart.querySelectorAll("a")) link.setAttribute("tabindex", "-1");
    addBrush(chart, x, top);
    box.replaceChildren(chart);
    note.textContent = describeDrawn(items, inside) +
      " Drag over days to zoom in; or go to the chart with the Tab key and use + − and the arrow keys." +
      (counted ? ` Bars count incidents under way; zoom in to see each (at most ${MOST_BARS}).` : "");
  }

  // Dragging chooses days; below the bars, so that they can be pointed at.
  function addBrush(chart, x, height) {
    const brush = d3.brushX().extent([[1, 0], [x.range()[1], height + 4]])
      .filter((event) => !event.ctrlKey && !event.button && !event.touches)
      .on("end", ({ selection }) => {
        if (!selection || selection[1] - selection[0] < 4) return;
        view = selection.map((edge) => +x.invert(edge));
        draw();
      });
    const layer = d3.select(chart).insert("g", ":first-child").call(brush);
    layer.style("touch-action", "pan-y").selectAll("*").style("touch-action", "pan-y");
  }

  function zoom(how) {
    const items = spans(shown);
    if (!items.length || !view) return;
    const all = wholeExtent(items);
    const [from, to] = view, size = to - from;
    const moved = { in: [0.25, -0.25], out: [-0.5, 0.5], earlier: [-0.25, -0.25], later: [0.25, 0.25] }[how];
    if (how === "all") view = all;
    else if (how === "keep") return keep();
    else {
      view = [from + moved[0] * size, to + moved[1] * size];
      if (how === "in" && view[1] - view[0] < 2 * DAY) view = [from, to];
      if (how === "out") view = [Math.max(view[0], Math.min(all[0], from)), Math.min(view[1], Math.max(all[1], to))];
    }
    draw();
  }

  function keep() {
    const { elements } = document.getElementById("filters");
    elements.since.value = day(view[0]);
    elements.until.value = day(view[1] - 1);
    elements.since.form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(button.dataset.zoom));
  }
  for (const input of document.querySelectorAll("input[name=rows]")) input.addEventListener("change", () => draw());
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Timeline: plus and minus zoom, arrow keys move");
  box.addEventListener("keydown", (event) => {
    const how = { "+": "in", "=": "in", "-": "out", ArrowLeft: "earlier", ArrowRight: "later", 0: "all" }[event.key];
    if (!how || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    zoom(how);
  });
  return { draw };
})();
