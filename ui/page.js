// Copying an answer, leading back to the sentence a source was opened from, and bringing a new
// question into view. Everything else works without script.
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

let newest = "";
new MutationObserver(() => {
  const last = [...document.querySelectorAll("article.exchange")].at(-1);
  if (last?.id && last.id !== newest) {
    last.scrollIntoView({ block: "start" });
    document.getElementById("side")?.scrollTo({ top: 0 }); // there the newest sources come first
  }
  newest = last?.id ?? "";
}).observe(document, { childList: true, subtree: true });
