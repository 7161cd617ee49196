// The desk while typing: saves the form in the draft, and shows the preview and what the check
// found. Without it the button does the same.
(() => {
  "use strict";
  const pause = 350; // milliseconds without a key before saving
  let timer, running, again = false;

  const find = (form, name) => [...form.elements].find(e => e.name === name);
  const told = () => document.getElementById("bewaard");
  const words = () => document.getElementById("bewaard-tekst")?.dataset;

  const save = async form => {
    if (running) { again = true; return; }
    running = true;
    again = false;
    try {
      const response = await fetch(form.dataset.live, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const live = page.querySelector("[data-live]");
      if (!response.ok || !live) throw new Error(response.statusText);
      show(form, live);
    } catch {
      if (told() && words()) told().textContent = words().fail;
    }
    running = false;
    if (again && form.isConnected) save(form);
  };

  const show = (form, live) => {
    if (!form.isConnected) return;
    form.elements.marks.value = live.dataset.marks;
    const place = document.getElementById("live");
    const open = document.activeElement;
    if (place && !place.contains(open)) place.replaceChildren(live);
    for (const box of document.querySelectorAll("[data-found]")) box.replaceChildren();
    for (const item of live.querySelectorAll("[data-for]")) {
      const box = [...document.querySelectorAll("[data-found]")].find(b => b.dataset.found === item.dataset.for);
      if (!box) continue;
      const line = document.createElement("p");
      line.className = item.classList.contains("minor") ? "minor" : "error";
      line.textContent = item.firstChild.textContent.trim();
      box.append(line);
    }
    if (told() && words()) told().textContent = live.hasAttribute("data-refused") ? words().refused : words().text.replace("#", live.dataset.saved);
  };

  const changed = event => {
    const form = event.target.closest("form[data-live]");
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(() => save(form), event.type === "change" ? 0 : pause);
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  // Poll again while the check is running.
  const wait = 1500;
  setInterval(() => {
    const open = document.querySelector("[data-again]");
    if (!open || running || document.hidden) return;
    const form = document.querySelector("form[data-live]");
    if (form && open.closest("#live")) save(form);
    else if (!form) location.replace(open.querySelector("a")?.href || location.href); // a page may be the answer to a form
  }, wait);
  // A link to a field that is folded away opens what it is in.
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let e = target; e; e = e.parentElement) if (e.localName === "details") e.open = true;
    if (target) { target.focus(); target.scrollIntoView({ block: "center" }); }
  };
  addEventListener("hashchange", unfold);
  unfold();
})();
