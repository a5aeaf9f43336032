"use strict";

// The toll over time: each figure at the end of the days that it counts, and never a sum.
const toll = (() => {
  const box = document.getElementById("toll-chart");
  if (!box) return { draw() {} };
  const HUES = [18, 201, 135, 265, 44, 330, 172, 85];
  const note = document.getElementById("toll-note");
  const measures = document.getElementById("measure");
  const kinds = document.getElementById("figure-kind");
  const rows = [...document.querySelectorAll("#figure-table tbody tr")];
  const sources = d3.groupSort(data.figures, (found) => -found.length, (figure) => figure.source);
  let claims = new Map();

  const counts = d3.rollup(data.figures, (found) => found.length, (figure) => figure.measure);
  const first = counts.has("killed") ? "killed" : d3.greatest(counts, ([, count]) => count)[0];
  for (const [measure] of d3.sort(counts, ([, count]) => -count)) measures.append(new Option(measure, measure));
  measures.value = first;
  const hasTotals = data.figures.some((figure) => figure.measure === first && figure.total);
  for (const [value, label] of [["totals", "running totals"], ["single", "of single incidents"], ["all", "both"]]) {
    kinds.append(new Option(label, value));
  }
  kinds.value = hasTotals ? "totals" : "single";

  const colour = (source) => {
    const place = sources.indexOf(source);
    return place < HUES.length ? `hsl(${HUES[place]} var(--edge))` : "var(--quiet)";
  };

  function chosen() {
    const seen = new Set();
    return data.figures.filter((figure, n) => {
      const fits =
        claims.get(figure.incident)?.includes(figure.claim) &&
        figure.measure === measures.value &&
        (kinds.value === "all" || (kinds.value === "totals") === figure.total) &&
        !seen.has(figure.key);
      if (fits) seen.add(figure.key);
      rows[n].hidden = !fits;
      return fits;
    });
  }

  const label = (figure) => `${figure.source}: ${figure.said}${figure.of ? ` ${figure.of}` : ""}`;
  const days = (figure) => (figure.first === figure.last ? figure.first : `${figure.first} to ${figure.last}`);

  // Labels that run neither into each other nor into a point, later figures first.
  function readable(points, x, y, width) {
    const taken = points.map((point) => [x(point.x) - 5, y(point.y) - 5, x(point.x) + 5, y(point.y) + 5]);
    return points.filter((point) => {
      const long = 6.3 * label(point).length;
      if (long > width - 80) return false;
      point.dx = Math.max(0, 66 + long - x(point.x)); // not over the numbers of the axis
      const right = x(point.x) + point.dx, top = y(point.y) - 18;
      const box = [right - long, top, right, top + 12];
      const clear = taken.every(([a, b, c, d]) => box[2] < a || box[0] > c || box[3] < b || box[1] > d);
      if (clear) taken.push(box);
      return clear;
    });
  }

  function draw(fitting) {
    claims = fitting ?? claims;
    const found = chosen();
    const points = d3.sort(found.flatMap((figure) => {
      const value = figure.low ?? figure.high;
      if (!figure.first || value === null) return [];
      return [{
        ...figure, from: new Date(figure.first), x: new Date(figure.last), y: value,
        low: figure.low ?? value, high: figure.high ?? value,
        open: figure.high === null ? "more" : figure.low === null ? "fewer" : "",
      }];
    }), (point) => -point.x);
    const left = found.length - points.length;
    note.textContent =
      `${plural(points.length, "figure")}, each at the last of the days that it counts; the line leads back to the first. ` +
      "▲ or more, ▼ or fewer." + (left ? ` ${left} without a day or number ${left === 1 ? "is" : "are"} in the table only.` : "");
    if (!points.length) {
      box.replaceChildren(element("p", { class: "none" }, "No such figure with a day: try other figures above, or fewer filters."));
      return;
    }
    const width = Math.max(240, box.clientWidth), height = width < 600 ? 300 : 360;
    const values = points.flatMap((point) => [point.low, point.high]);
    const log = d3.max(values) > 40 * Math.max(1, d3.min(values)) && d3.min(values) > 0;
    // Lines may begin long before: the days are those of the ends.
    const ends = d3.extent(points, (point) => point.x);
    const margin = Math.max(0.06 * (ends[1] - ends[0]), 3 * 24 * 60 * 60 * 1000);
    const domain = [new Date(+ends[0] - 4 * margin), new Date(+ends[1] + margin)];
    const top = d3.max(values), bottom = d3.min(values);
    const range = log ? [bottom / 1.6, top * 2] : [0, top * 1.12 || 1];
    const x = d3.scaleUtc(domain, [60, width - 10]);
    const y = (log ? d3.scaleLog() : d3.scaleLinear()).domain(range).range([height - 30, 24]);
    const symbols = { more: "triangle", fewer: "triangle2", "": "circle" };
    const series = points.map((point) => ({ ...point, series: `${point.source}|${point.of}|${point.first}` }));
    const paint = { stroke: (point) => colour(point.source) };
    const chart = Plot.plot({
      width, height, marginLeft: 60, marginRight: 10, marginTop: 24, marginBottom: 30,
      x: { type: "utc", domain, label: null }, color: { type: "identity" }, symbol: { type: "identity" },
      y: { type: log ? "log" : "linear", domain: range, label: `${measures.value}${log ? ", each step tenfold" : ""}`, tickFormat: ",d", ticks: log ? 4 : 6, grid: true },
      marks: [
        Plot.ruleY(points, { x1: (point) => (point.from < domain[0] ? domain[0] : point.from), x2: "x", y: "y", ...paint, strokeOpacity: 0.45, strokeWidth: 1.5 }),
        Plot.line(d3.sort(series, (point) => point.x), { x: "x", y: "y", z: "series", ...paint, strokeWidth: 1.5, strokeDasharray: "3 3" }),
        Plot.ruleX(points.filter((point) => point.low !== point.high), { x: "x", y1: "low", y2: "high", ...paint, strokeWidth: 3 }),
        ...Object.entries(symbols).map(([open, symbol]) =>
          Plot.dot(points.filter((point) => point.open === open), {
            x: "x", y: "y", r: 5, fill: (point) => colour(point.source), symbol: symbol === "triangle2" ? "triangle" : symbol,
            rotate: symbol === "triangle2" ? 180 : 0, href: (point) => `#i${point.incident}`,
          })),
        ...readable(points, x, y, width).map((point) => Plot.text([point], {
          x: "x", y: "y", dy: -10, dx: 4 + point.dx, text: label, textAnchor: "end", fill: "currentColor", stroke: "var(--paper)", strokeWidth: 4,
        })),
        Plot.tip(points, Plot.pointer({ x: "x", y: "y", title: (point) => `${label(point)}\n${days(point)}${point.total ? "\nrunning total" : ""}` })),
      ],
    });
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", `${measures.value} by source: ${plural(points.length, "figure")}. The table below has them.`);
    for (const link of chart.querySelectorAll("a")) link.setAttribute("tabindex", "-1");
    const key = d3.sort(new Set(points.map((point) => point.source)), (source) => sources.indexOf(source)).map((source) => {
      const swatch = element("i", { class: "swatch" });
      swatch.style.background = colour(source);
      return element("li", {}, swatch, ` ${source}`);
    });
    box.replaceChildren(chart, element("ul", { class: "key" }, ...key));
  }

  measures.addEventListener("change", () => draw());
  kinds.addEventListener("change", () => draw());
  return { draw };
})();
