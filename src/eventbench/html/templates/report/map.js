"use strict";

// The map: places as circles, as large as the number of incidents there, on outlines of countries.
const map = (() => {
  const box = document.getElementById("map-chart");
  const note = document.getElementById("map-note");
  const countries = topojson.feature(outlines, outlines.objects.countries).features
    .map((shape) => ({ shape, bounds: d3.geoBounds(shape) }));
  const WIDE = 25; // kilometres: a place with its edge further from its point is drawn as a ring
  let places = [];
  let choose = () => {};
  let fitted = null; // the projection before any zooming
  let moved = d3.zoomIdentity;
  let size = [0, 0];

  const svg = d3.create("svg").attr("class", "map").attr("role", "img");
  const land = svg.append("g"), names = svg.append("g"), spots = svg.append("g"), scale = svg.append("g");
  const zooming = d3.zoom().scaleExtent([0.2, 400])
    .filter((event) => (event.type === "wheel" ? event.ctrlKey : event.touches ? event.touches.length > 1 : !event.button))
    .on("zoom", ({ transform }) => { moved = transform; paint(); });
  svg.call(zooming).on("dblclick.zoom", null);
  box.append(svg.node());

  function extent(all) {
    const points = places.map((place) => place.point);
    const range = (axis, share) => {
      const sorted = d3.sort(places, (place) => place.point[axis]);
      const total = d3.sum(sorted, (place) => place.count);
      let sum = 0;
      const at = (wanted) => {
        sum = 0;
        return sorted.find((place) => (sum += place.count) >= wanted * total).point[axis];
      };
      return all ? d3.extent(points, (point) => point[axis]) : [at(share), at(1 - share)];
    };
    // At least about 12 km, so that a single place has some country around it.
    const widen = ([low, high]) => { const lack = Math.max(0, 0.11 - (high - low)) / 2; return [low - lack, high + lack]; };
    return [widen(range(0, 0.2)), widen(range(1, 0.2))];
  }

  // If most lies close together, the map begins there; else with everything.
  function isDense() {
    const [lat, lon] = extent(false), [allLat, allLon] = extent(true);
    return allLat[1] - allLat[0] > 4 * (lat[1] - lat[0]) || allLon[1] - allLon[0] > 4 * (lon[1] - lon[0]);
  }

  function fit(all) {
    const [[south, north], [west, east]] = extent(all);
    const corners = { type: "MultiPoint", coordinates: [[west, south], [east, north]] };
    const [width, height] = size, edge = Math.min(70, width / 6);
    fitted = d3.geoMercator().fitExtent([[edge, 40], [width - edge, height - 50]], corners);
    svg.call(zooming.transform, d3.zoomIdentity);
  }

  function projection() {
    const [x, y] = fitted.translate();
    return d3.geoMercator().scale(fitted.scale() * moved.k)
      .translate([moved.applyX(x), moved.applyY(y)])
      .clipExtent([[-20, -20], [size[0] + 20, size[1] + 20]]);
  }

  function visible(project) {
    const [west, north] = project.invert([-20, -20]), [east, south] = project.invert([size[0] + 20, size[1] + 20]);
    if (east - west < 0 || east - west > 300) return countries;
    return countries.filter(({ bounds: [[w, s], [e, n]] }) => (w > e || (w <= east && e >= west)) && s <= north && n >= south);
  }

  function paint() {
    const project = projection(), path = d3.geoPath(project);
    const seen = visible(project).map((country) => ({ ...country, d: path(country.shape) })).filter(({ d }) => d);
    land.selectAll("path").data(seen).join("path").attr("d", ({ d }) => d)
      .attr("fill", "var(--land)").attr("stroke", "var(--border)").attr("stroke-width", 1);
    const taken = [];
    const free = (x, y, text, letter) => {
      const box = [x, y - 12, x + letter * text.length, y + 4];
      if (box[0] < 2 || box[2] > size[0] - 2 || box[1] < 2 || box[3] > size[1] - 2) return false;
      const clear = taken.every(([a, b, c, d]) => box[2] < a || box[0] > c || box[3] < b || box[1] > d);
      if (clear) taken.push(box);
      return clear;
    };
    const most = d3.max(places, (place) => place.count);
    const dots = d3.sort(places, (place) => -place.count).map((place) => {
      const [x, y] = project([place.point[1], place.point[0]]);
      return { ...place, x, y, r: 3 + Math.min(2.2, 20 / Math.sqrt(most)) * Math.sqrt(place.count) };
    });
    const inside = dots.filter(({ x, y }) => x > 0 && x < size[0] && y > 0 && y < size[1]);
    taken.push(...inside.map(({ x, y, r }) => [x - r, y - r, x + r, y + r]));
    const circle = spots.selectAll("g").data(inside, (place) => place.id).join((enter) => {
      const group = enter.append("g").attr("class", "spot");
      group.append("circle");
      group.append("title");
      group.append("text");
      return group;
    }).order().attr("transform", ({ x, y }) => `translate(${x},${y})`)
      .on("click", (event, place) => choose(place.id));
    circle.select("circle").attr("r", ({ r }) => r).attr("stroke", "var(--link)").attr("stroke-width", 1.5)
      .attr("stroke-dasharray", ({ km }) => (km > WIDE ? "3 2" : null))
      .attr("fill", ({ km }) => (km > WIDE ? "transparent" : "var(--link)")).attr("fill-opacity", 0.55);
    circle.select("title").text(({ name, kind, count, km }) =>
      `${name}${kind ? `, ${kind}` : ""}: ${plural(count, "incident")}${km ? `\nits point or edge may be ${km} km off` : ""}`);
    // Right of its circle, or else left of it, or else not at all.
    const labelled = inside.map((place) => {
      const { x, y, r, name } = place;
      if (free(x + r + 3, y + 4, name, 6.2)) return { ...place, side: 1 };
      return { ...place, side: free(x - r - 3 - 6.2 * name.length, y + 4, name, 6.2) ? -1 : 0 };
    });
    circle.select("text").data(labelled).text(({ name, side }) => (side ? name : "")).attr("y", 4)
      .attr("x", ({ r, side }) => side * (r + 3)).attr("text-anchor", ({ side }) => (side < 0 ? "end" : "start"))
      .attr("fill", "currentColor").attr("stroke", "var(--land)").attr("stroke-width", 3).attr("paint-order", "stroke");
    const centres = seen.flatMap(({ shape }) => {
      const [x, y] = path.centroid(shape), name = shape.properties.name.toUpperCase();
      const wide = path.area(shape) > 4000 && free(x - 4 * name.length, y, name, 8);
      return wide ? [{ x, y, name }] : [];
    });
    names.selectAll("text").data(centres).join("text").attr("x", ({ x }) => x).attr("y", ({ y }) => y).text(({ name }) => name)
      .attr("text-anchor", "middle").attr("fill", "var(--quiet)").attr("letter-spacing", ".08em");
    drawScale(project);
    const out = dots.length - inside.length;
    note.textContent = "Drag to move; Ctrl and the wheel, or two fingers, zoom. A circle shows only what happened there. A dashed ring is a wide area." +
      (out ? ` ${plural(out, "place")} outside this part.` : "");
    svg.attr("aria-label", `Map of ${plural(dots.length, "place")}; the list of places has the same.`);
  }

  function drawScale(project) {
    const y = size[1] - 16, middle = size[0] / 2;
    const far = d3.geoDistance(project.invert([middle - 50, y]), project.invert([middle + 50, y])) * 6371;
    const steps = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
    const km = d3.greatest(steps.filter((step) => (step / far) * 100 < 140)) ?? steps[0];
    const long = (km / far) * 100;
    scale.selectAll("path").data([0]).join("path").attr("d", `M12,${y - 5}v5h${long}v-5`)
      .attr("fill", "none").attr("stroke", "currentColor").attr("stroke-width", 1.5);
    scale.selectAll("text").data([0]).join("text").attr("x", 18 + long).attr("y", y + 1).text(`${km} km`)
      .attr("fill", "currentColor").attr("stroke", "var(--land)").attr("stroke-width", 3).attr("paint-order", "stroke");
  }

  // Draw places with their numbers of incidents.
  function draw(counts, onChoose) {
    choose = onChoose ?? choose;
    if (counts) {
      places = [...counts].flatMap(([id, count]) => {
        const place = data.places[id];
        return place.point ? [{ id, count, ...place }] : [];
      });
    }
    const width = Math.max(240, box.clientWidth);
    size = [width, width < 600 ? 320 : 440];
    svg.attr("width", size[0]).attr("height", size[1]).attr("viewBox", `0 0 ${size[0]} ${size[1]}`);
    svg.attr("hidden", places.length ? null : "");
    if (!places.length) {
      note.textContent = "No place with coordinates.";
      return;
    }
    fit(!isDense());
  }

  const step = { in: 2, out: 0.5 };
  for (const button of document.querySelectorAll("[data-map]")) {
    const how = button.dataset.map;
    button.addEventListener("click", () => {
      if (!places.length) return;
      if (how in step) svg.call(zooming.scaleBy, step[how]);
      else fit(how === "all");
    });
  }
  return { draw };
})();
