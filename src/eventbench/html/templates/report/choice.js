"use strict";

// What the filters choose. The rules are those of eventbench.claims.select.Selection.

const data = JSON.parse(document.getElementById("data").textContent);
const LISTS = ["type", "place", "side", "source", "status", "article", "level"];

// The values of the form; a list without any chosen value lets everything through.
function readChoice(form) {
  const entries = new FormData(form);
  const one = (name) => entries.get(name) ?? "";
  return {
    ...Object.fromEntries(LISTS.map((name) => [name, new Set(entries.getAll(name))])),
    text: one("text").trim().toLowerCase(),
    since: one("since"),
    until: one("until"),
    contested: entries.has("contested"),
    probability: Number(one("min_probability")),
  };
}

const meets = (chosen, values) => !chosen.size || values.some((value) => chosen.has(value));

const isSure = (found, least) => !least || (found.probability ?? 0) >= least;

// The positions of the claims that fit and are sure enough; null if the incident does not fit.
function fittingClaims(incident, choice) {
  const { since, until } = choice;
  const inTime =
    !(since || until) ||
    (incident.first && (!since || incident.last >= since) && (!until || incident.first <= until));
  const fits =
    inTime &&
    meets(choice.type, incident.types) &&
    meets(choice.place, incident.places) &&
    meets(choice.side, incident.sides) &&
    meets(choice.level, [incident.level]) &&
    (!choice.contested || incident.contested) &&
    isSure(incident, choice.probability);
  if (!fits) return null;
  const told = ([article, status, text]) =>
    meets(choice.article, [article]) &&
    meets(choice.status, [status]) &&
    `${data.texts[text]} ${incident.name}`.toLowerCase().includes(choice.text);
  const claims = incident.claims.flatMap((claim, k) =>
    meets(choice.source, [claim.source]) && claim.mentions.some(told) ? [k] : [],
  );
  // An incident may be surer than any of its claims: that it is told is sure, by whom is not.
  if (!claims.length) return null;
  return claims.filter((k) => isSure(incident.claims[k], choice.probability));
}

// The choice in words, for the line below the filters and for print.
function describe(form) {
  const parts = [];
  for (const menu of form.querySelectorAll(".menu")) {
    const labels = [...menu.querySelectorAll("input:checked")].map(
      (input) => input.nextElementSibling.textContent,
    );
    const shown = labels.length > 1 ? `${labels.length} chosen` : labels.join("");
    menu.querySelector("output").value = shown;
    menu.classList.toggle("used", labels.length > 0);
    if (labels.length) parts.push(`${menu.dataset.filter} ${labels.join(" or ")}`);
  }
  const { text, since, until, contested, min_probability: probability } = form.elements;
  if (text.value.trim()) parts.push(`“${text.value.trim()}”`);
  if (since.value) parts.push(`since ${since.value}`);
  if (until.value) parts.push(`until ${until.value}`);
  if (contested.checked) parts.push("contested");
  if (probability) {
    const percent = `${Math.round(100 * probability.value)} %`;
    document.getElementById("least").value = percent;
    if (Number(probability.value)) parts.push(`at least ${percent} sure`);
  }
  return parts.join("; ");
}

// The choice as the part of the address behind #, and back.
function toHash(form, incident) {
  const kept = [...new FormData(form)].filter(
    ([name, value]) => value && !(name === "min_probability" && !Number(value)),
  );
  if (incident) kept.push(["incident", incident]);
  return String(new URLSearchParams(kept));
}

function fromHash(form) {
  const written = new URLSearchParams(location.hash.slice(1));
  form.reset();
  for (const input of form.elements) {
    if (!input.name) continue;
    if (input.type === "checkbox") input.checked = written.getAll(input.name).includes(input.value);
    else if (written.has(input.name)) input.value = written.get(input.name);
  }
  return written.get("incident");
}

// Texts come from articles: they are only ever set as text.
function element(name, attributes, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

const plural = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
