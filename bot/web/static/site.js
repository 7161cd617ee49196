// Progressive enhancement: submits forms in the background and replaces the page
// without a full reload. On any error it falls back to an ordinary submission.
(() => {
  "use strict";
  const here = () => location.pathname + location.search;
  let shown = here();

  // replacePage shows a response in place of this page.
  const replacePage = async response => {
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    const whole = response.headers.has("Refresh") || next.documentElement.lang !== document.documentElement.lang;
    if (whole || !next.querySelector("main")) {
      location.assign(response.url);
      return;
    }
    document.body.replaceChildren(...next.body.children);
    document.title = next.title;
    if (response.url !== location.href) history.pushState(null, "", response.url);
    shown = here();
    scrollTo(0, 0);
    const heading = document.querySelector("main h1") || document.querySelector("main");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    enhance();
  };

  document.addEventListener("submit", async event => {
    const form = event.target, button = event.submitter;
    if (form.target || document.querySelector("[data-idle]") || form.method !== "post" || event.defaultPrevented) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    const body = new URLSearchParams(new FormData(form));
    if (button && button.name) body.set(button.name, button.value);
    try {
      await replacePage(await fetch(form.action, { method: "POST", body }));
    } catch {
      delete form.dataset.busy;
      if (button && button.name) {
        const again = Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value });
        form.append(again);
      }
      form.submit(); // idempotent: the server handles a form once
    }
  });

  addEventListener("popstate", async () => {
    if (here() === shown) return; // a fragment of this page
    try {
      await replacePage(await fetch(location.href));
    } catch {
      location.reload();
    }
  });
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

  // Elements that need the script are hidden until it runs.
  let idle;
  const enhance = () => {
    for (const hidden of document.querySelectorAll("[data-script]")) hidden.hidden = false;
    clearTimeout(idle);
    const ask = document.querySelector("[data-idle]");
    if (ask) idle = setTimeout(() => { ask.hidden = false; ask.querySelector("button").focus(); }, ask.dataset.idle * 1000);
  };
  document.addEventListener("click", event => {
    if (event.target.closest("[data-print]")) print();
  });
  enhance();
})();
