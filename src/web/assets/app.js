// Comfort only: every page works without it. Nothing is stored but whether shortcuts are on.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);

  // Files dropped on the upload form are sent as if they had been chosen.
  const form = $("#upload");
  if (form) {
    document.documentElement.classList.add("can-drop");
    const input = form.querySelector("input[type=file]");
    const button = form.querySelector("button");
    const send = () => { form.classList.add("busy"); button.textContent = "Uploading …"; };
    form.addEventListener("submit", send);
    for (const name of ["dragenter", "dragover"]) {
      document.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
    }
    document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        form.requestSubmit();
      }
    });
    input.addEventListener("change", () => { if (input.files.length) button.focus(); });
  }

  // A field and its place on the page light up together.
  const light = (name, on) => {
    for (const element of document.querySelectorAll(`[data-field="${CSS.escape(name)}"]`)) element.classList.toggle("lit", on);
  };
  for (const element of document.querySelectorAll("[data-field]")) {
    const name = element.dataset.field;
    element.addEventListener("mouseenter", () => light(name, true));
    element.addEventListener("mouseleave", () => light(name, false));
    element.addEventListener("focusin", () => {
      light(name, true);
      const mark = document.querySelector(`rect[data-field="${CSS.escape(name)}"]`);
      if (mark) mark.scrollIntoView({ block: "nearest" });
    });
    element.addEventListener("focusout", () => light(name, false));
    if (element.tagName === "rect") {
      element.addEventListener("click", () => { const row = $(`#f-${CSS.escape(name)}`); if (row) row.focus(); });
    }
  }

  // A changed field shows that it is not saved yet.
  for (const input of document.querySelectorAll("[data-was]")) {
    input.addEventListener("input", () => input.classList.toggle("changed", input.value !== input.dataset.was));
  }

  // Something that is being processed is looked at again.
  if ($(".phase.processing, .phase.posting, .phase.approved") && !$(".problem")) {
    const again = () => { if (!document.querySelector(".changed") && document.activeElement.tagName !== "TEXTAREA") location.reload(); };
    let tries = Number(sessionStorage.getItem("again:" + location.pathname) || 0);
    if (tries < 20) {
      sessionStorage.setItem("again:" + location.pathname, String(tries + 1));
      setTimeout(again, 1000 + 500 * tries);
    }
  } else {
    sessionStorage.removeItem("again:" + location.pathname);
  }

  // Single-letter shortcuts, which can be switched off.
  const shortcuts = $("#keys-switch");
  const help = shortcuts && shortcuts.querySelector(".keys-help");
  if (!shortcuts || !help.textContent.trim()) return;
  shortcuts.hidden = false;
  const toggle = shortcuts.querySelector("button");
  let on = localStorage.getItem("shortcuts") !== "off";
  const show = () => {
    toggle.textContent = "Keyboard shortcuts: " + (on ? "on" : "off");
    toggle.setAttribute("aria-pressed", String(on));
    help.hidden = !on;
  };
  toggle.addEventListener("click", () => { on = !on; localStorage.setItem("shortcuts", on ? "on" : "off"); show(); });
  show();

  const rows = [...document.querySelectorAll("#queue tbody tr")];
  let at = -1;
  const go = (step) => {
    if (!rows.length) return;
    if (at >= 0) rows[at].classList.remove("at");
    at = Math.min(rows.length - 1, Math.max(0, at + step));
    rows[at].classList.add("at");
    const target = rows[at].querySelector("a, button");
    if (target) target.focus(); else rows[at].scrollIntoView({ block: "nearest" });
  };
  const focus = (selector) => { const element = $(selector); if (element) { element.focus(); element.scrollIntoView({ block: "nearest" }); } };
  const keys = {
    j: () => go(1),
    k: () => go(-1),
    "/": () => focus("#q"),
    u: () => { const back = $("#back"); if (back) back.click(); },
    o: () => { const button = at >= 0 && rows[at].querySelector("button[data-open]"); if (button) button.click(); },
    a: () => focus('button[data-key="a"]'),
    r: () => { const comment = $("#comment"); if (comment && !comment.value) { comment.focus(); } else { focus('button[data-key="r"]'); } },
    c: () => focus($(".fields tr.check input") ? ".fields tr.check input" : ".fields input"),
  };
  document.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const tag = event.target.tagName;
    if (tag === "INPUT" || tag === "TEXTAREA" || tag === "SELECT") {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
