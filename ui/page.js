// Copying an answer, and bringing a new question into view. Everything else works without script.
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

let newest = "";
new MutationObserver(() => {
  const last = [...document.querySelectorAll("article.exchange")].at(-1);
  if (last?.id && last.id !== newest) last.scrollIntoView({ block: "start" });
  newest = last?.id ?? "";
}).observe(document, { childList: true, subtree: true });
