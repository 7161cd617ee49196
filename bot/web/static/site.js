// Smooths what works without it: a form is sent and the page replaced, with
// no full reload. Whatever goes wrong, the browser does it in its own way.
(() => {
  "use strict";
  const here = () => location.pathname + location.search;
  let at = here();

  // take shows the answer to a request in place of this page.
  const take = async response => {
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    const whole = response.headers.has("Refresh") || next.documentElement.lang !== document.documentElement.lang;
    if (whole || !next.querySelector("main")) {
      location.assign(response.url);
      return;
    }
    document.body.replaceChildren(...next.body.children);
    document.title = next.title;
    if (response.url !== location.href) history.pushState(null, "", response.url);
    at = here();
    scrollTo(0, 0);
    const heading = document.querySelector("main h1") || document.querySelector("main");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    arrange();
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
      await take(await fetch(form.action, { method: "POST", body }));
    } catch {
      delete form.dataset.busy;
      if (button && button.name) {
        const again = Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value });
        form.append(again);
      }
      form.submit(); // the same form counts once, however often it arrives
    }
  });

  addEventListener("popstate", async () => {
    if (here() === at) return; // within the page
    try {
      await take(await fetch(location.href));
    } catch {
      location.reload();
    }
  });
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

  // What only a script can do is hidden until there is one.
  let idle;
  const arrange = () => {
    for (const hidden of document.querySelectorAll("[data-script]")) hidden.hidden = false;
    clearTimeout(idle);
    const ask = document.querySelector("[data-idle]");
    if (ask) idle = setTimeout(() => { ask.hidden = false; ask.querySelector("button").focus(); }, ask.dataset.idle * 1000);
  };
  document.addEventListener("click", event => {
    if (event.target.closest("[data-print]")) print();
  });
  arrange();
})();
