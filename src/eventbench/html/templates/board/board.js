"use strict";

// Make tables sortable by their heads; without this script they are complete, in order of rank.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const form = document.querySelector("form.filters");
  const heads = [...table.tHead.rows[0].cells];
  const first = heads.findIndex((head) => head.dataset.first);
  const grid = new DataTable(table, {
    autoWidth: false,
    info: false,
    paging: false,
    layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
    language: { zeroRecords: "No entry matches the filters." },
    order: [[first, heads[first].dataset.first]],
    columnDefs: [
      { targets: "words", type: "string", orderSequence: ["asc", "desc"] },
      { targets: "rank", type: "num", orderSequence: ["asc", "desc"] },
      { targets: "number", type: "num", orderSequence: ["desc", "asc"] },
      { targets: "drawing", orderable: false },
      { targets: "_all", searchable: false },
    ],
  });

  const narrow = () => {
    const wanted = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = [...form.querySelectorAll("select")].filter((select) => select.value);
    grid.search.fixed("form", (text, data, index) => {
      const { dataset } = grid.row(index).node();
      return (
        wanted.every((word) => dataset.search.includes(word)) &&
        chosen.every((select) => dataset[select.name].split(" ").includes(select.value))
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
