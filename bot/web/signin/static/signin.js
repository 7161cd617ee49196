// Passkeys: only navigator.credentials needs a script. Everything else of these pages is plain
// forms.
(() => {
  "use strict";
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const able = Boolean(window.PublicKeyCredential && navigator.credentials);

  // call posts to one of our addresses and returns its answer, or throws the line that says
  // what is wrong.
  const call = async (address, body) => {
    let answer;
    try {
      answer = await (await fetch(address, { method: "POST", body })).json();
    } catch {
      throw new Error("");
    }
    if (answer.error) throw new Error(answer.error);
    return answer;
  };

  // prepare turns the options of the server into what the browser takes.
  const prepare = options => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      for (const one of list || []) one.id = bytes(one.id);
    }
    return options;
  };

  // answerOf turns what the browser made into JSON.
  const answerOf = made => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    if (made.response.getTransports) response.transports = made.response.getTransports();
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {},
      authenticatorAttachment: made.authenticatorAttachment || undefined });
  };

  const show = (block, name, message) => {
    for (const line of block.querySelectorAll("[data-line]")) line.hidden = line.dataset.line !== name;
    const line = block.querySelector('[data-line="' + name + '"]');
    if (line && message) line.querySelector("[data-text]").textContent = message;
  };

  const busy = (block, on) => { block.querySelector("[data-passkey]").disabled = on; };

  // begin requests a challenge from the server.
  const begin = block => call(block.dataset.begin, block.dataset.token || "");

  const press = async block => {
    show(block, "wait");
    busy(block, true);
    try {
      const { options } = await (block.ready || begin(block));
      block.ready = null;
      const publicKey = prepare(options);
      const made = await (options.user ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }));
      const { next } = await call(block.dataset.finish, answerOf(made));
      location.assign(next);
    } catch (error) {
      block.ready = null;
      busy(block, false);
      if (error instanceof DOMException) show(block, error.name === "InvalidStateError" ? "known" : "stopped");
      else if (error.message) show(block, "wrong", error.message);
      else show(block, "offline");
    }
  };

  document.addEventListener("click", event => {
    const button = event.target.closest("[data-passkey]");
    if (button) press(button.closest("[data-ceremony]"));
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).value).then(() => { copy.textContent = copy.dataset.done; }, () => {});
    }
  });

  // An invitation is in the fragment of the address, which is not sent to servers. It is removed from
  // the address and the history.
  const invited = block => {
    const token = location.hash.slice(1);
    if (!token) {
      show(block, "incomplete");
      return;
    }
    history.replaceState(null, "", location.pathname + location.search);
    block.dataset.token = token;
    block.ready = begin(block);
    block.ready.then(answer => {
      block.querySelector("[data-name]").textContent = answer.name;
      block.querySelector("[data-invited]").hidden = false;
    }, error => {
      block.ready = null;
      if (error.message) show(block, "wrong", error.message);
      else show(block, "offline");
    });
  };

  const start = () => {
    for (const block of document.querySelectorAll("[data-ceremony]")) {
      if (!able) show(block, "unable");
      else if (block.hasAttribute("data-invitation")) invited(block);
      else block.querySelector("[data-start]").hidden = false;
    }
  };
  document.addEventListener("page", start); // site.js has replaced the page
  start();
})();
