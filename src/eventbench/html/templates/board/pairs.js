"use strict";

// Show how all systems differ from the one that is pointed at or focused; otherwise from the best.
for (const table of document.querySelectorAll("table[data-quantile]")) {
  const UNITS = 100000; // of pseudo-values: PSEUDO_UNITS in tables.py
  const EQUAL = 1e-9;
  const grid = new DataTable.Api(table);
  const quantile = Number(table.dataset.quantile);
  const body = table.tBodies[0];
  const column = [...table.tHead.rows[0].cells].findIndex((head) => head.matches(".compared"));
  const head = table.tHead.rows[0].cells[column].querySelector(".dt-column-title");
  const note = document.querySelector(".compared[hidden]");

  // Rows are in order of rank in the page, whatever order they are shown in.
  const systems = grid.rows({ order: "index" }).nodes().toArray().map((row) => ({
    row,
    name: nameOf(row),
    score: Number(row.querySelector(".main").dataset.order),
    pseudo: row.dataset.pseudo.split(" ").map((value) => value / UNITS),
    worse: runs(row.dataset.worse),
    cell: row.cells[column],
  }));
  const places = new Map(systems.map((system, place) => [system.row, place]));
  const freedom = systems[0].pseudo.length - 1;

  function nameOf(row) {
    const [link, folder] = row.querySelector("th").children;
    const revision = folder.textContent.split(" ").at(-1);
    return `${link.textContent} ${revision}`;
  }

  function runs(text) {
    const found = new Set();
    for (const run of text.split(" ").filter(Boolean)) {
      const [first, last = first] = run.split("-").map(Number);
      for (let place = first; place <= last; place += 1) found.add(place);
    }
    return found;
  }

  // The jackknife of a difference: mean of the differences of pseudo-values, standard error.
  function difference(one, other) {
    const size = one.pseudo.length;
    let mean = 0;
    for (let k = 0; k < size; k += 1) mean += (one.pseudo[k] - other.pseudo[k]) / size;
    let squares = 0;
    for (let k = 0; k < size; k += 1) squares += (one.pseudo[k] - other.pseudo[k] - mean) ** 2;
    return { mean, error: Math.sqrt(squares / (size - 1) / size) };
  }

  // Two-sided p of Student's t: a finite sum, since the degrees of freedom are a whole number
  // (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
  function pOf({ mean, error }) {
    if (Math.abs(mean) < EQUAL) return 1;
    if (error < EQUAL) return 0;
    const angle = Math.atan(Math.abs(mean) / error / Math.sqrt(freedom));
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
    const odd = freedom % 2;
    let [term, sum] = [1, freedom === 1 ? 0 : 1];
    for (let k = 1; k <= (freedom - 2 - odd) / 2; k += 1) {
      term *= ((2 * k - 1 + odd) / (2 * k + odd)) * cosine * cosine;
      sum += term;
    }
    return 1 - (odd ? (2 / Math.PI) * (angle + sine * cosine * sum) : sine * sum);
  }

  // Holm over all pairs, computed when it is first asked for.
  let sorted = null;
  let adjusted = null;
  function holm(p) {
    if (sorted === null) {
      sorted = new Float64Array((systems.length * (systems.length - 1)) / 2);
      let pair = 0;
      systems.forEach((one, k) => {
        for (let l = k + 1; l < systems.length; l += 1) {
          sorted[pair] = pOf(difference(one, systems[l]));
          pair += 1;
        }
      });
      sorted.sort();
      let most = 0;
      adjusted = sorted.map((each, k) => {
        most = Math.max(most, Math.min(1, (sorted.length - k) * each));
        return most;
      });
    }
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < p) low = middle + 1;
      else high = middle;
    }
    return adjusted[Math.min(low, sorted.length - 1)];
  }

  const percent = (share) => (100 * share).toFixed(1);
  const signed = (share) => (share < 0 ? "" : "+") + percent(share);
  const within = (share) => Math.max(-1, Math.min(1, share));
  const rounded = (p) => (p < 0.001 ? "p < 0.001" : `p ${p.toFixed(3)}`);
  const areApart = (a, b) => systems[Math.min(a, b)].worse.has(Math.max(a, b));

  function show(system, base) {
    const [place, other] = [places.get(system.row), places.get(base.row)];
    const { cell } = system;
    cell.replaceChildren();
    system.row.classList.toggle("base", place === other);
    if (place === other) return cell.append("–");
    const found = difference(system, base);
    const half = quantile * found.error;
    const apart = areApart(place, other);
    const add = (text) => cell.appendChild(document.createElement("span")).append(text);
    cell.append(signed(system.score - base.score));
    add(`${signed(within(found.mean - half))} to ${signed(within(found.mean + half))}`);
    add(`${apart ? "≠" : "≈"} ${rounded(holm(pOf(found)))}`);
    for (const line of cell.children) line.className = "small";
    cell.classList.toggle("apart", apart);
  }

  let [pointed, focused, base] = [null, null, null];
  function compare() {
    const chosen = pointed ?? focused ?? systems[0].row;
    if (chosen === base) return;
    base = chosen;
    const system = systems[places.get(base)];
    head.textContent = base === systems[0].row ? "From the best" : `From ${system.name}`;
    redraw();
    const other = places.get(base);
    const apart = systems.filter((_, place) => place !== other && areApart(place, other)).length;
    note.querySelector("output").value =
      `${system.name} is told apart from ${apart} of ${systems.length - 1} other systems.`;
  }

  // Rows of other pages are drawn when they are turned to.
  function redraw() {
    const system = systems[places.get(base)];
    for (const row of grid.rows({ page: "current" }).nodes().toArray()) {
      show(systems[places.get(row)], system);
    }
  }

  const rowOf = (event) => event.target.closest?.("tbody tr[data-pseudo]") ?? null;
  body.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    pointed = rowOf(event);
    compare();
  });
  body.addEventListener("pointerleave", () => {
    pointed = null;
    compare();
  });
  body.addEventListener("focusin", (event) => {
    focused = rowOf(event);
    compare();
  });
  body.addEventListener("focusout", (event) => {
    if (body.contains(event.relatedTarget)) return;
    focused = null;
    compare();
  });
  // A tap on a row, beside its link, chooses it.
  body.addEventListener("click", (event) => {
    const link = rowOf(event)?.querySelector("th a");
    if (link && !event.target.closest("a")) link.focus({ preventScroll: true });
  });
  grid.on("draw", redraw);
  note.hidden = false;
  compare();
}
