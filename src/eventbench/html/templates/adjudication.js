"use strict";

(() => {
  const { columns, rows, depends, void: dropped } = JSON.parse(document.getElementById("data").textContent);
  const sections = [...document.querySelectorAll(".question")];
  const numbers = new Map(rows.map((row, number) => [row[0], number]));
  const given = rows.length ? rows[0].length : 0;
  const only = document.getElementById("open");
  const state = document.getElementById("state");
  const message = document.getElementById("message");
  let saved = true;

  const field = (number, name) => sections[number].querySelector(`input[name="${name}"]`);

  function decision(number) {
    const chosen = sections[number].querySelector("input[type=radio]:checked");
    return chosen ? chosen.value || field(number, "other").value.trim() : "";
  }

  const filled = (number) => [decision(number), field(number, "rule").value.trim(), field(number, "reason").value.trim()];
  const isVoid = (number) => depends[number].some((id) => decision(numbers.get(id)) === dropped);
  const isDecided = (number) => filled(number).every(Boolean);
  const isOpen = (number) => !isVoid(number) && !isDecided(number);

  // While somebody types, nothing hides: a question goes when another one is entered.
  function show(current) {
    let open = 0;
    sections.forEach((section, number) => {
      if (isOpen(number)) open += 1;
      section.classList.toggle("decided", isDecided(number));
      section.hidden = isVoid(number) || (only.checked && isDecided(number) && section !== current);
    });
    const all = sections.filter((_, number) => !isVoid(number)).length;
    state.textContent = `${all - open} of ${all} decided`;
  }

  function write() {
    const quoted = (value) => (/[\t\n\r"]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    const lines = rows.map((row, number) => [...row, ...(isVoid(number) ? ["", "", ""] : filled(number))]);
    return [columns, ...lines].map((line) => `${line.map(quoted).join("\t")}\n`).join("");
  }

  function read(text) {
    const found = [[""]];
    let inside = false;
    for (let i = text.charCodeAt(0) === 0xfeff ? 1 : 0; i < text.length; i += 1) {
      const line = found[found.length - 1];
      const c = text[i];
      if (inside && c === '"' && text[i + 1] === '"') {
        line[line.length - 1] += c;
        i += 1;
      } else if (c === '"' && (inside || !line[line.length - 1])) inside = !inside;
      else if (!inside && c === "\t") line.push("");
      else if (!inside && c === "\n") found.push([""]);
      else if (inside || c !== "\r") line[line.length - 1] += c;
    }
    return found.filter((line) => line.some(Boolean));
  }

  const plain = (text) => text.trim().split(/\s+/).join(" ");
  const counted = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

  function fill(text) {
    const [heading, ...lines] = read(text);
    const at = Object.fromEntries(columns.map((name) => [name, heading ? heading.indexOf(name) : -1]));
    if (Object.values(at).includes(-1)) throw new Error("This is not a table of decisions.");
    let strange = 0;
    let impossible = 0;
    for (const line of lines) {
      const cell = (name) => plain(line[at[name]] || "");
      const number = numbers.get((line[at.id] || "").trim());
      const isSame = (side) => cell(side) === plain(rows[number][columns.indexOf(side)]);
      // A decision on other readings says nothing about those that are here.
      if (number === undefined || !isSame("a") || !isSame("b")) {
        strange += 1;
        continue;
      }
      const radios = [...sections[number].querySelectorAll("input[type=radio]")];
      const made = cell("decision");
      const named = radios.find((radio) => radio.value && radio.value === made.toLowerCase());
      const chosen = made ? named || radios.find((radio) => !radio.value) : undefined;
      for (const radio of radios) radio.checked = radio === chosen;
      if (made && !chosen) impossible += 1;
      const other = field(number, "other");
      if (other) other.value = named ? "" : made;
      field(number, "rule").value = line[at.rule] || "";
      field(number, "reason").value = line[at.reason] || "";
    }
    const messages = [];
    if (strange) messages.push(`${counted(strange, "row")} of other differences or readings left out.`);
    if (impossible) messages.push(`${counted(impossible, "decision")} left out: not one of those that are possible.`);
    return messages.join(" ");
  }

  document.getElementById("differences").addEventListener("input", (event) => {
    const section = event.target.closest(".question");
    if (event.target.name === "other") section.querySelector('input[type=radio][value=""]').checked = true;
    saved = false;
    show(section);
  });
  document.getElementById("differences").addEventListener("focusin", (event) => show(event.target.closest(".question")));
  only.addEventListener("change", () => show());

  document.getElementById("next").addEventListener("click", () => {
    const here = sections.findIndex((section) => section.contains(document.activeElement) || section === last);
    const order = sections.map((_, k) => (here + 1 + k) % sections.length);
    const number = order.find(isOpen);
    if (number === undefined) return;
    last = sections[number];
    last.scrollIntoView();
    last.querySelector("input").focus({ preventScroll: true });
  });
  let last = null;

  document.getElementById("download").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([write()], { type: "text/tab-separated-values" }));
    link.download = "decisions.tsv";
    link.click();
    URL.revokeObjectURL(link.href);
    saved = true;
  });

  document.getElementById("file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      message.textContent = fill(await file.text());
    } catch (error) {
      message.textContent = error.message;
    }
    show();
  });

  addEventListener("beforeunload", (event) => {
    if (!saved) event.preventDefault();
  });
  if (given) show();
  document.documentElement.classList.add("running");
})();
