"use strict";

// The page: applies the filters to table, charts and map, and keeps them in the address.
(() => {
  const STEP = 100; // rows that are shown before "Show more"
  const form = document.getElementById("filters");
  const table = document.getElementById("incident-table");
  const bodies = data.incidents.map((_, number) => document.getElementById(`i${number}`));
  const details = bodies.map((body) => body.querySelector(".detail"));
  const more = document.getElementById("more");
  let order = d3.range(bodies.length);
  let fitting = new Map(); // number of an incident to the positions of its claims that fit
  let limit = STEP;
  let opened = null; // id of the incident in the address

  if (matchMedia("(max-width: 60rem)").matches) document.getElementById("filterbox").open = false;

  // The table

  bodies.forEach((body, number) => {
    const name = body.querySelector(".name");
    const id = `d${number}`;
    const button = element("button", { type: "button", "aria-expanded": "false", "aria-controls": id }, name.textContent);
    details[number].id = id;
    name.replaceChildren(button);
    button.addEventListener("click", () => {
      const open = !isOpen(number);
      toggle(number, open);
      opened = open ? data.incidents[number].id : null;
      keepAddress();
    });
  });

  function isOpen(number) {
    return details[number].classList.contains("open");
  }

  function toggle(number, open) {
    details[number].classList.toggle("open", open);
    bodies[number].classList.toggle("opened", open);
    bodies[number].querySelector(".name button").setAttribute("aria-expanded", String(open));
  }

  function showRows() {
    let count = 0;
    for (const number of order) bodies[number].classList.toggle("shown", fitting.has(number) && count++ < limit);
    const left = fitting.size - limit;
    more.hidden = left <= 0;
    more.textContent = left > STEP ? `Show ${STEP} more of ${left}` : `Show ${left} more`;
    document.getElementById("nothing").hidden = fitting.size > 0;
  }

  more.addEventListener("click", () => {
    limit += STEP;
    showRows();
  });
  const visible = () => order.filter((number) => bodies[number].classList.contains("shown"));
  document.getElementById("open-all").addEventListener("click", () => visible().forEach((n) => toggle(n, true)));
  document.getElementById("close-all").addEventListener("click", () => bodies.forEach((_, n) => toggle(n, false)));

  const placeNames = ({ spots }) => spots.map((id) => data.places[id].name).join(", ");
  const keys = {
    title: (incident) => incident.title.toLowerCase(),
    first: (incident) => incident.first,
    where: (incident) => placeNames(incident) || null,
    who: (incident) => incident.sides.join() || null,
    claims: (incident) => -incident.claims.filter((claim) => !claim.denies).length,
    denials: (incident) => -incident.claims.filter((claim) => claim.denies).length,
    articles: (incident) => -incident.articles,
    probability: (incident) => (incident.probability === null ? null : -incident.probability),
  };

  // Sort by a column; what has nothing there comes last either way.
  function sortBy(head, falling) {
    const values = data.incidents.map(keys[head.dataset.sort]);
    const sign = falling ? -1 : 1;
    order = d3.sort(d3.range(bodies.length), (a, b) =>
      (values[a] === null) - (values[b] === null) || sign * d3.ascending(values[a], values[b]) || a - b);
    const sorted = document.createDocumentFragment();
    sorted.append(...order.map((number) => bodies[number]));
    table.append(sorted);
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    // Numbers have their greatest first.
    const numbers = typeof values.find((value) => value !== null) === "number";
    head.setAttribute("aria-sort", falling !== numbers ? "descending" : "ascending");
    showRows();
  }

  for (const head of table.tHead.querySelectorAll("[data-sort]")) {
    const button = element("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    let falling = true;
    button.addEventListener("click", () => {
      falling = head.hasAttribute("aria-sort") && !falling;
      sortBy(head, falling);
    });
  }

  // Filters

  function apply() {
    const choice = readChoice(form);
    fitting = new Map();
    data.incidents.forEach((incident, number) => {
      const claims = fittingClaims(incident, choice);
      if (claims) fitting.set(number, claims);
    });
    limit = STEP;
    document.getElementById("shown").textContent = `${fitting.size} of ${plural(data.incidents.length, "incident")}`;
    document.getElementById("chosen").textContent = describe(form);
    showRows();
    const numbers = [...fitting.keys()];
    timeline.draw(numbers, choice);
    toll.draw(fitting);
    const counts = d3.rollup(numbers.flatMap((n) => data.incidents[n].spots), (found) => found.length, (id) => id);
    listPlaces(counts);
    if (typeof map !== "undefined") map.draw(counts, choosePlace);
  }

  function listPlaces(counts) {
    const chosen = new Set([...form.querySelectorAll("[name=place]:checked")].map((input) => input.value));
    const list = document.getElementById("place-list");
    const focused = document.activeElement?.dataset?.place;
    const shown = d3.sort([...counts, ...[...chosen].filter((id) => !counts.has(id) && data.places[id]).map((id) => [id, 0])],
      ([, count]) => -count);
    list.replaceChildren(...shown.map(([id, count]) => {
      const attributes = { type: "button", "data-place": id, "aria-pressed": String(chosen.has(id)) };
      const button = element("button", attributes, data.places[id].name, " ", element("b", {}, String(count)));
      button.addEventListener("click", () => choosePlace(id));
      return element("li", {}, button);
    }));
    if (focused) list.querySelector(`[data-place="${CSS.escape(focused)}"]`)?.focus();
  }

  function choosePlace(id) {
    for (const input of form.querySelectorAll("[name=place]")) if (input.value === id) input.checked = !input.checked;
    changed();
  }

  function keepAddress() {
    const hash = toHash(form, opened);
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  function changed() {
    apply();
    keepAddress();
  }

  let waiting = 0;
  form.addEventListener("input", (event) => {
    if (event.target.classList.contains("find")) return find(event.target);
    clearTimeout(waiting);
    waiting = setTimeout(changed, event.target.matches("[type=search], [type=range]") ? 150 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed));

  function find(input) {
    const wanted = input.value.trim().toLowerCase();
    for (const item of input.closest(".choices").querySelectorAll("li")) {
      item.hidden = !item.textContent.toLowerCase().includes(wanted);
    }
  }

  // One menu is open at a time; Escape, or going elsewhere, closes it.
  const menus = [...form.querySelectorAll(".menu")];
  const closeMenus = (besides) => menus.forEach((menu) => menu !== besides && (menu.open = false));
  document.addEventListener("pointerdown", (event) => closeMenus(event.target.closest(".menu")));
  document.addEventListener("focusin", (event) => closeMenus(event.target.closest(".menu")));
  for (const menu of menus) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    menu.addEventListener("toggle", () => {
      if (!menu.open) return;
      const box = menu.querySelector(".choices");
      box.style.left = "0";
      const over = box.getBoundingClientRect().right - document.documentElement.clientWidth + 8;
      if (over > 0) box.style.left = `${-over}px`;
    });
  }

  // Links within the page: the address keeps the filters.

  function show(number) {
    if (!fitting.has(number)) {
      form.reset();
      apply();
    }
    limit = Math.max(limit, STEP * Math.ceil((order.filter((n) => fitting.has(n)).indexOf(number) + 1) / STEP));
    showRows();
    toggle(number, true);
    opened = data.incidents[number].id;
    keepAddress();
    bodies[number].scrollIntoView();
    bodies[number].querySelector(".name button").focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const target = link?.getAttribute("href") ?? link?.getAttributeNS("http://www.w3.org/1999/xlink", "href");
    if (!target?.startsWith("#")) return;
    event.preventDefault();
    const incident = /^#i(\d+)$/.exec(target);
    if (incident) return show(Number(incident[1]));
    const section = document.getElementById(target.slice(1));
    section.scrollIntoView();
    section.querySelector("h2")?.focus({ preventScroll: true });
  });

  function start() {
    const wanted = fromHash(form);
    opened = wanted;
    apply();
    const number = data.incidents.findIndex((incident) => incident.id === wanted);
    if (number >= 0) show(number);
  }

  addEventListener("hashchange", start);
  let width = document.body.clientWidth;
  addEventListener("resize", () => {
    if (width === document.body.clientWidth) return;
    width = document.body.clientWidth;
    requestAnimationFrame(() => {
      timeline.draw();
      toll.draw();
      if (typeof map !== "undefined") map.draw();
    });
  });
  start();
})();
