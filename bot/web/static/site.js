// Progressive enhancement: submits forms in the background and replaces the page
// without a full reload. On any error it falls back to an ordinary submission.
(() => {
  "use strict";
  const root = document.documentElement;
  const here = () => location.pathname + location.search;
  let shown = here();

  // A double click must not answer the next question too: a press by pointer is ignored
  // shortly after the press before it, and shortly after the page was shown.
  const betweenPresses = 600, afterShown = 350; // milliseconds
  let pressed = -Infinity, appeared = performance.now();
  addEventListener("click", event => {
    const press = event.target.closest && event.target.closest("button, a[href], summary");
    if (!press || event.detail === 0) return; // by keyboard or script
    const soon = event.timeStamp - pressed < betweenPresses || event.timeStamp - appeared < afterShown;
    pressed = event.timeStamp;
    if (soon) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // Until the pointer moves, nothing under it counts as pointed at: people did not choose it.
  const still = () => root.classList.add("still");
  addEventListener("pointermove", () => root.classList.remove("still"), { passive: true });

  // say makes screen readers announce a text. The region is never replaced, so that they
  // notice the change.
  const region = document.getElementById("melding");
  const say = text => {
    if (!region || !text) return;
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 100);
  };

  // focus moves the focus to what a page is about: a wrong field, what replaced the form
  // with this id, or the heading.
  const focus = id => {
    const wrong = document.querySelector("[aria-invalid=true]");
    const place = !wrong && id && document.getElementById(id);
    const target = wrong || place || document.querySelector("main h1") || document.querySelector("main");
    if (!wrong) target.tabIndex = -1;
    if (!wrong && !place) scrollTo(0, 0);
    target.focus({ preventScroll: !wrong && !place });
    if (wrong) wrong.select();
  };

  // replacePage shows a response in place of this page. id is that of the form it answers;
  // back: the browser went to it, so that its history already has it.
  const replacePage = async (response, id, back) => {
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    if (response.headers.has("Refresh") || next.documentElement.lang !== root.lang || !next.querySelector("main")) {
      if (back) location.replace(response.url);
      else location.assign(response.url);
      return;
    }
    for (const old of [...document.body.children]) if (old !== region) old.remove();
    region.before(...[...next.body.children].filter(e => e.id !== region.id));
    document.title = next.title;
    // The other scripts of a page for staff: the page before it may not have had them.
    for (const file of next.head.querySelectorAll("script[src], link[rel=stylesheet]")) {
      const known = [...document.head.querySelectorAll("script[src], link[rel=stylesheet]")].some(e => (e.src || e.href) === (file.src || file.href));
      if (!known) document.head.append(Object.assign(document.createElement(file.localName), file.src ? { src: file.src } : { rel: "stylesheet", href: file.href }));
    }
    const address = new URL(response.url);
    if (back || address.pathname + address.search === here()) history.replaceState(null, "", response.url);
    else history.pushState(null, "", response.url);
    shown = here();
    appeared = performance.now();
    still();
    focus(id);
    say([...document.querySelectorAll("main .tell:not(.tryout), main .error")].map(e => e.textContent.trim()).join(" "));
    enhance();
    document.dispatchEvent(new Event("page"));
  };

  document.addEventListener("submit", async event => {
    const form = event.target, button = event.submitter;
    if (form.dataset.told) say(form.dataset.told); // it downloads a file and the page stays
    if (form.dataset.told || form.target || form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "1";
    if (root.classList.contains("kiosk")) return; // its pages are loaded whole, for their Refresh header
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    if (button && button.name) body.set(button.name, button.value);
    try {
      await replacePage(await fetch(form.action, { method: "POST", body }), form.id);
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
      await replacePage(await fetch(location.href), "", true);
    } catch {
      location.reload();
    }
  });
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

  // On a kiosk nothing is copied: the next visitor could paste it.
  for (const kind of ["copy", "cut", "dragstart"]) {
    document.addEventListener(kind, event => { if (root.classList.contains("kiosk")) event.preventDefault(); });
  }

  // Elements that need the script are hidden until it runs.
  const enhance = () => {
    for (const hidden of document.querySelectorAll("[data-script]")) hidden.hidden = false;
    const count = document.querySelector("[data-countdown]");
    if (count) countDown(count, count.dataset.countdown);
  };
  const countDown = (count, seconds) => {
    count.hidden = false;
    const end = performance.now() + seconds * 1000;
    const show = () => {
      const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      count.textContent = "(" + left + ")";
      if (count.isConnected && left > 0) setTimeout(show, 1000);
    };
    show();
  };
  document.addEventListener("click", event => {
    if (event.target.closest("[data-print]")) print();
    const reveal = event.target.closest("[data-reveal]");
    if (reveal) {
      const field = document.getElementById(reveal.dataset.reveal), shows = field.type === "password";
      field.type = shows ? "text" : "password";
      reveal.setAttribute("aria-pressed", String(shows));
    }
  });
  // A code in the fragment of an address, which is not sent to servers, is removed from the address
  // and the history, and posted.
  const takeCode = () => {
    const form = document.querySelector("form[data-code]");
    const code = /^#([0-9A-Za-z](?:-?[0-9A-Za-z]){17,29})$/.exec(location.hash);
    if (!form || !code) return;
    history.replaceState(null, "", form.action);
    shown = here();
    form.elements.code.value = code[1];
    form.requestSubmit();
  };
  addEventListener("hashchange", takeCode);

  still();
  enhance();
  takeCode();
})();
