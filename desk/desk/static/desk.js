// What pages do beside forms and links: the inbox that follows what happens, the keys, the sound. All of it can be missed.
"use strict";

const token = document.querySelector("input[name=csrf]")?.value ?? "";
const title = document.title;
const live = document.querySelector("[data-live]");
const said = document.querySelector("[data-said]");
let known = null, current = -1, loud = localStorage.getItem("sound") === "on";

document.querySelector(".errors")?.focus();
document.body.addEventListener("htmx:configRequest", event => { event.detail.headers["X-CSRF"] = token; });

const lines = () => [...document.querySelectorAll("[data-line]")];

function move(step) {
  const all = lines();
  if (!all.length) return;
  current = Math.min(Math.max(current + step, 0), all.length - 1);
  all[current].querySelector(".open").focus();
}

function act(name) {
  const form = live?.querySelector("form"), button = form?.querySelector(`button[value=${name}]`);
  if (!button) return;
  if (!form.querySelector("[name=id]:checked")) {
    const tick = document.activeElement.closest("[data-line]")?.querySelector("[name=id]");
    if (!tick) return;
    tick.checked = true;
  }
  form.requestSubmit(button);
}

function tick() {
  const box = document.activeElement.closest("[data-line]")?.querySelector("[name=id]");
  if (box) box.checked = !box.checked;
}

const keys = {
  j: () => move(1), k: () => move(-1), e: () => act("done"), a: () => act("assign"), x: tick,
  "?": () => document.getElementById("keys")?.showModal(),
};
document.addEventListener("keydown", event => {
  const writing = event.target.matches("input:not([type=checkbox]), textarea, select");
  if (writing || event.ctrlKey || event.altKey || event.metaKey || !keys[event.key] || !live) return;
  event.preventDefault();
  keys[event.key]();
});

function changed(counts) {
  document.title = `(${counts.open}) ${title}`;
  if (known && counts.crisis > known.crisis) alarm("A new crisis.");
  else if (known && counts["Call overdue"] > known["Call overdue"]) alarm("A call is overdue.");
  else if (known && counts.open > known.open) said.textContent = `${counts.open} conversations are open, ${counts.crisis} of them crises.`;
  const ticked = live.querySelector("[name=id]:checked");
  if (known && !ticked) htmx.trigger(live, "desk-changed");  // a list that someone is ticking in stays as it is
  known = counts;
}

function alarm(text) {
  said.textContent = text;
  if (!loud) return;
  const sound = new AudioContext(), tone = sound.createOscillator();
  tone.connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.4);
  if (Notification.permission === "granted") new Notification(`The desk: ${text}`);
}

const sounds = document.querySelector("[data-sound]");
sounds?.setAttribute("aria-pressed", String(loud));
sounds?.addEventListener("click", async () => {
  loud = !loud;
  localStorage.setItem("sound", loud ? "on" : "off");
  sounds.setAttribute("aria-pressed", String(loud));
  if (loud && "Notification" in window) await Notification.requestPermission();
});

document.body.addEventListener("htmx:afterSwap", () => {
  if (current >= 0 && document.activeElement === document.body) lines()[current]?.querySelector(".open").focus();
});

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

if (live) new EventSource("/live").addEventListener("changed", event => changed(JSON.parse(event.data)));
