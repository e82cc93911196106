// What the pages do beyond links and forms. Everything works without this file.
"use strict";

document.documentElement.classList.add("scripted");

/** The mark of a passage in one of the two articles. */
const placeOf = (side, number) => document.getElementById(side + number);

/** Bring both occurrences of a passage into sight, each in its own article. */
function goTo(number) {
  const places = ["a", "b"].map((side) => placeOf(side, number)).filter(Boolean);
  for (const tag of document.querySelectorAll(".tag.here")) tag.classList.remove("here");
  for (const place of places) {
    const pane = place.closest(".pane");
    const scrolls = pane && pane.scrollHeight > pane.clientHeight && getComputedStyle(pane).overflowY === "auto";
    if (scrolls) {
      document.querySelector(".passages").scrollIntoView({ block: "start" });
      const offset = place.getBoundingClientRect().top - pane.getBoundingClientRect().top;
      pane.scrollBy({ top: offset - 24 });
    }
  }
  for (const tag of document.querySelectorAll(`.tag[data-number="${number}"]`)) tag.classList.add("here");
  return places;
}

function sideBySide() {
  const bar = document.querySelector(".passages");
  if (!bar) return;
  const last = bar.querySelectorAll(".tag").length;
  let current = 0;
  for (const hidden of bar.querySelectorAll("[hidden]")) hidden.hidden = false;

  const step = (by) => {
    current = current === 0 ? (by > 0 ? 1 : last) : ((current - 1 + by + last) % last) + 1;
    const [first] = goTo(current);
    if (first) first.focus({ preventScroll: Boolean(first.closest(".pane")) && innerWidth >= 960 });
  };
  for (const button of bar.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  }
  document.addEventListener("click", (event) => {
    const tag = event.target instanceof Element && event.target.closest(".tag");
    if (!tag) return;
    current = Number(tag.dataset.number);
    if (innerWidth < 960) return; // one article under the other: the link itself leads there
    event.preventDefault();
    goTo(current);
    const twin = document.getElementById(tag.hash.slice(1));
    if (twin) twin.focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    // The keys by where they lie: they are others in an Arabic layout.
    if (event.code === "KeyN") step(1);
    else if (event.code === "KeyP") step(-1);
  });
}

function copying() {
  for (const button of document.querySelectorAll("[data-copies]")) {
    if (!navigator.clipboard) continue; // only where the page came over a safe way
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copies);
      await navigator.clipboard.writeText(field.value);
      const label = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
}

/** Ask again until what was computed is there, then show it. */
function waiting() {
  const note = document.querySelector("[data-waits]");
  if (!note) return;
  const pause = Number(note.dataset.waits) * 1000;
  const ask = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer && answer.status !== 503) location.reload();
    else setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
}

sideBySide();
copying();
waiting();
