"use strict";
// The page reads the same without this: it only narrows the list and saves jumps to shared texts.
const form = document.querySelector("#filter");
if (form) {
  const cases = [...document.querySelectorAll("#cases details.case")];
  const words = new Map(cases.map((it) => [it, it.firstElementChild.textContent.toLowerCase()]));
  const narrow = () => {
    const { type, flaw, words: typed } = form.elements;
    const sought = typed.value.trim().toLowerCase();
    let shown = 0;
    for (const it of cases) {
      const flaws = it.dataset.flaws.split("|").filter(Boolean);
      const fits = (!type.value || it.dataset.type === type.value)
        && (!flaw.value || (flaw.value === "none" ? !flaws.length : flaws.includes(flaw.value)))
        && words.get(it).includes(sought);
      it.hidden = !fits;
      shown += fits;
    }
    for (const section of document.querySelectorAll("#cases section.type")) {
      section.hidden = !section.querySelector("details.case:not([hidden])");
    }
    form.querySelector("[role=status]").textContent = `${shown} of ${cases.length} cases shown`;
  };
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  narrow();
}
document.addEventListener("toggle", ({ target }) => {
  const link = target.open && target.querySelector(":scope > p > a.text");
  const words = link && document.querySelector(`${link.hash} > .words`);
  if (words) link.parentNode.replaceWith(words.cloneNode(true));
}, true);
