// Copying an answer, leading back to the sentence a source was opened from, bringing a new question
// into view, and keeping the address, the focus and what was folded open as they should be.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy]");
  const plain = button && document.getElementById(button.dataset.copy);
  if (!plain) return;
  try {
    await navigator.clipboard.writeText(plain.textContent);
    button.textContent = "Copied";
  } catch {
    plain.hidden = false; // Without the clipboard the text can still be selected and copied.
    getSelection().selectAllChildren(plain);
    button.textContent = "Select and copy the text below";
  }
  setTimeout(() => (button.textContent = "Copy with citations"), 4000);
});

document.addEventListener("click", (event) => {
  const marker = event.target.closest?.("#log .statement a.ref");
  const mark = marker && document.getElementById(marker.hash.slice(1));
  if (!mark) return;
  const after = mark.closest(".passage")?.nextElementSibling?.querySelector("a");
  for (const back of [mark.previousElementSibling, after])
    if (back) back.hash = marker.closest(".statement").id;
});

// When the server shows the page anew, Gradio keeps its elements but not which were folded open.
const unfolded = new Set();
document.addEventListener("click", (event) => {
  const folding = event.target.closest?.("#log summary, #head summary, #reports summary, .catalogue summary");
  if (folding) unfolded[folding.parentElement.open ? "delete" : "add"](folding.parentElement);
  if (event.target.closest?.("#talks a")) document.getElementById("fold").open = false;
});

// What was typed into a form has been taken, or belongs to another conversation.
function begunAnew(form) {
  const folded = form.closest("details");
  if (folded?.contains(document.activeElement)) folded.querySelector("summary").focus();
  form.reset();
  if (folded) unfolded.delete(folded), (folded.open = false);
}

// On these tabs a form is sent once, however often it is pressed before the server has answered.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target.closest?.(".catalogue form");
    if (!form) return;
    if (form.ariaBusy) event.preventDefault(), event.stopPropagation();
    form.ariaBusy = "true";
  },
  true,
);

function unfold() {
  for (const folded of unfolded)
    if (!folded.isConnected) unfolded.delete(folded);
    else if (!folded.open) folded.open = true;
}
function fold(place, which) {
  for (const folded of unfolded)
    if (place.contains(folded) && folded.closest(which)) unfolded.delete(folded), (folded.open = false);
}

// Another source, part or page of a table: nothing is folded open there, and it is read from its top,
// or from what had been opened, on the way back from there.
function arrived(place) {
  fold(place, "details");
  const left = place.dataset.left && place.querySelector(`[data-do="case"][data-case="${CSS.escape(place.dataset.left)}"]`);
  if (left) return returned(left);
  place.closest('[role="tabpanel"]')?.scrollTo({ top: 0 });
  const heading = place.querySelector("h2");
  heading?.focus({ preventScroll: true });
  if (place.getBoundingClientRect().top < 0) place.scrollIntoView({ block: "start" });
}

function returned(link) {
  const folded = link.closest("details");
  if (folded) unfolded.add(folded), (folded.open = true);
  link.scrollIntoView({ block: "center" });
  link.focus({ preventScroll: true });
}

// Other cases in the same list: what was folded open of the ones before is not, and it is read from
// the list's heading.
function turned(place) {
  fold(place, ".case");
  unfold(); // first, since it moves the heading
  const heading = place.querySelector("h3[tabindex]");
  heading?.scrollIntoView({ block: "nearest" });
  heading?.focus({ preventScroll: true });
}

// What was chosen by key may be gone once the server has answered: what is around it takes the focus.
let around = null;
document.addEventListener("click", ({ detail, target }) => {
  const near = target.closest?.(".statement, .feedback, #head, #reports, .catalogue, #asking, #examples");
  const box = near?.matches("#asking, #examples") && document.querySelector("#question textarea");
  around = detail ? null : box || near; // a click by key has no detail
});
function refocus() {
  const focused = document.activeElement; // also for a moment what is on a tab that is left
  if (!around?.isConnected || (focused !== document.body && focused.checkVisibility())) return;
  if (around.tabIndex < 0) around.tabIndex = -1; // can be focused from now on
  around.focus({ preventScroll: true });
}

// Gradio sets a base address, against which links within the page would lead away from `?c=…`.
function based() {
  const base = document.querySelector("base");
  if (base) base.href = location.pathname + location.search;
}
based();

let newest = "";
let conversation = "";
function addressed(id) {
  if (id === conversation) return;
  conversation = id;
  newest = "";
  unfolded.clear();
  const url = new URL(location);
  if (id) url.searchParams.set("c", id);
  else url.searchParams.delete("c");
  if (url.search === location.search) return;
  url.hash = ""; // a place in the conversation that is left
  history.pushState(history.state, "", url);
  based();
}

// Back and forward lead from conversation to conversation; within one they follow its links.
addEventListener("popstate", () => {
  const id = new URL(location).searchParams.get("c") ?? "";
  if (id !== conversation) location.reload();
});

new MutationObserver((changes) => {
  const elsewhere = changes.some(({ attributeName }) => attributeName === "data-place");
  for (const { type, target, attributeName } of changes)
    if (type === "attributes" && target.matches("form")) begunAnew(target);
    else if (attributeName === "data-place") arrived(target);
    else if (attributeName === "data-list" && !elsewhere) turned(target);
  const log = document.getElementById("log");
  if (log) addressed(log.dataset.conversation);
  unfold();
  const last = [...document.querySelectorAll("article.exchange")].at(-1);
  if (last?.id && last.id !== newest) {
    last.scrollIntoView({ block: "start" });
    document.getElementById("side")?.scrollTo({ top: 0 }); // there the newest sources come first
    if (around?.matches(".quality")) around = last.querySelector(".asked"); // a case was asked by key
  }
  newest = last?.id ?? "";
  refocus();
}).observe(document, {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: ["data-conversation", "data-count", "data-record", "data-place", "data-list", "open"],
});
