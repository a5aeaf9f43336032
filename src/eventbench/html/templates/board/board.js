"use strict";

const PER_PAGE = 100;

// The key that a cell is sorted by: its own, or its text.
DataTable.ext.order.key = function (settings, column) {
  const textOf = (cell) => (cell.querySelector("bdi") ?? cell).textContent.toLowerCase();
  const keyOf = (cell) => cell.dataset.order ?? textOf(cell);
  return this.api().column(column, { order: "index" }).nodes().map(keyOf);
};

// Make tables sortable by their heads; without this script they are complete, in order of rank.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const form = document.querySelector("form.filters");
  const heads = [...table.tHead.rows[0].cells];
  const first = heads.findIndex((head) => head.dataset.first);
  const rows = [...table.tBodies[0].rows];
  const paged = rows.length > PER_PAGE;
  const wordsOf = (row) => [...row.querySelectorAll(".words")].map((cell) => cell.textContent);
  const texts = new Map(
    rows.map((row) => [row, [...wordsOf(row), row.dataset.search].join(" ").toLowerCase()]),
  );
  const grid = new DataTable(table, {
    autoWidth: false,
    info: false,
    paging: paged,
    pageLength: PER_PAGE,
    layout: { topStart: null, topEnd: null, bottomStart: paged ? "paging" : null, bottomEnd: null },
    language: { zeroRecords: "No entry matches the filters." },
    order: [[first, heads[first].dataset.first]],
    columnDefs: [
      { targets: "words", type: "string", orderDataType: "key", orderSequence: ["asc", "desc"] },
      { targets: "rank", type: "num", orderDataType: "key", orderSequence: ["asc", "desc"] },
      { targets: "number", type: "num", orderDataType: "key", orderSequence: ["desc", "asc"] },
      { targets: "drawing", orderable: false },
      { targets: "_all", searchable: false },
    ],
  });

  const narrow = () => {
    const wanted = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = [...form.querySelectorAll("select")].filter((select) => select.value);
    grid.search.fixed("form", (text, data, index) => {
      const row = grid.row(index).node();
      return (
        wanted.every((word) => texts.get(row).includes(word)) &&
        chosen.every((select) => row.dataset[select.name].split(" ").includes(select.value))
      );
    });
    grid.draw();
    const shown = grid.rows({ search: "applied" }).count();
    form.querySelector("output").value = `${shown} of ${grid.rows().count()}`;
  };
  form.hidden = false;
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  // Whoever comes back from an entry finds the filters as they were left.
  addEventListener("pageshow", narrow);
}
