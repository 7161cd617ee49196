// Sharing and copying the advice, from the person's own device: nothing is sent to us.
(() => {
  "use strict";
  if (!navigator.share) document.documentElement.classList.add("cannot-share");
  // What is noted is only printed: the printed copy shows all of it, however long.
  document.addEventListener("input", event => {
    if (!event.target.matches("[data-noted]")) return;
    event.target.nextElementSibling.textContent = event.target.value;
    event.target.classList.toggle("copied", event.target.value !== "");
  });
  document.addEventListener("click", async event => {
    const share = event.target.closest("[data-share]"), copy = event.target.closest("[data-copy]");
    try {
      if (share) await navigator.share({ title: share.dataset.title, text: share.dataset.share });
      if (!copy) return;
      await navigator.clipboard.writeText(copy.dataset.copy);
      const label = copy.querySelector("span"), before = label.textContent;
      label.textContent = copy.dataset.done;
      setTimeout(() => { label.textContent = before; }, 4000);
    } catch {
      // The person closed the share sheet, or the browser refused: the other ways remain.
    }
  });
})();
