// Reads the page again and changes only what is different, so that scroll, focus and what is open stay.
"use strict";

(() => {
  const main = document.getElementById("main");
  const lost = document.getElementById("lost");
  const news = document.getElementById("news");
  const every = Number(main.dataset.refresh) * 1000;
  const tooOld = Math.max(3 * every, 60000);
  let read = performance.now(); // when this page was last fresh
  let under = false;

  const same = (kept, wanted) => kept.nodeType === wanted.nodeType && kept.nodeName === wanted.nodeName;

  function attributes(kept, wanted) {
    const mine = (name) => name === "open" && kept.nodeName === "DETAILS"; // the reader decides
    for (const { name } of [...kept.attributes]) {
      if (!wanted.hasAttribute(name) && !mine(name)) kept.removeAttribute(name);
    }
    for (const { name, value } of wanted.attributes) {
      if (kept.getAttribute(name) !== value && !mine(name)) kept.setAttribute(name, value);
    }
  }

  function update(kept, wanted) {
    if (kept.nodeType !== Node.ELEMENT_NODE) {
      if (kept.data !== wanted.data) kept.data = wanted.data;
      return;
    }
    attributes(kept, wanted);
    children(kept, wanted);
  }

  // What has an id is the same thing wherever it moves to; anything else is where it was.
  function children(kept, wanted) {
    const named = new Map([...kept.children].filter((each) => each.id).map((each) => [each.id, each]));
    let here = kept.firstChild;
    for (const next of [...wanted.childNodes]) {
      const found = next.id ? named.get(next.id) : here && !here.id ? here : null;
      if (!found || !same(found, next)) {
        kept.insertBefore(document.importNode(next, true), here);
        continue;
      }
      if (found === here) here = here.nextSibling;
      else kept.insertBefore(found, here);
      update(found, next);
    }
    while (here) {
      const after = here.nextSibling;
      here.remove();
      here = after;
    }
  }

  // What is looked at must not move: the focused thing, else the first ones in sight, and where they are.
  function inSight() {
    if (window.scrollY === 0) return [];
    return [document.activeElement, ...main.querySelectorAll("[id]")]
      .filter((each) => each !== main && main.contains(each))
      .map((each) => [each, each.getBoundingClientRect()])
      .filter(([, box]) => box.bottom > 0 && box.top < window.innerHeight)
      .map(([each, box]) => [each, box.top]);
  }

  function show(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const next = fresh.getElementById("main");
    if (!next) throw new Error("no page");
    const focused = document.activeElement;
    const said = main.dataset.summary;
    const looked = inSight();
    update(main, next);
    const still = looked.find(([each]) => each.isConnected);
    if (still) window.scrollBy(0, still[0].getBoundingClientRect().top - still[1]);
    if (focused !== document.activeElement) {
      (focused.isConnected ? focused : main).focus({ preventScroll: true });
    }
    document.title = fresh.title;
    const icon = fresh.querySelector("link[rel=icon]").getAttribute("href");
    document.querySelector("link[rel=icon]").setAttribute("href", icon);
    if (main.dataset.summary !== said) news.textContent = main.dataset.summary;
  }

  async function again() {
    if (under || document.visibilityState === "hidden") return;
    under = true;
    try {
      // Older browsers have no such signal: they wait as long as the server does.
      const signal = AbortSignal.timeout?.(Math.min(every, 10000));
      const answer = await fetch(location.href, { cache: "no-store", signal });
      show(await answer.text());
      read = performance.now();
    } catch {
      // Said below, once it lasts.
    } finally {
      under = false;
      tick();
    }
  }

  function tick() {
    const age = Math.round((performance.now() - read) / 1000);
    const late = age * 1000 > tooOld;
    if (lost.hidden === late) lost.hidden = !late;
    const text = late ? `Windsock does not answer. What you see is ${Math.floor(age / 60)} min old.` : "";
    if (lost.textContent !== text) lost.textContent = text;
  }

  setInterval(again, every);
  setInterval(tick, 5000);
  document.addEventListener("visibilitychange", again);
})();
