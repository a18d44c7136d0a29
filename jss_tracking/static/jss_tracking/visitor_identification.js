/**
 * Tells the host that a person is here, once: at the first sign of mouse, finger, key, scrolling
 * or focus. The answer to it turns the flag of the analytics cookie.
 *
 * It needs no inline code, and nothing of the page but the tag that `{% visitor_identification %}`
 * emits. Loaded by its own address, it finds the other one beside itself.
 */
(() => {
  const script = document.currentScript;
  const address = new URL("VisitorIdentificationCSS.aspx", script ? script.src : location.origin + "/layouts/system/");
  const atOnce = ["mousemove", "pointerdown", "touchstart", "keydown", "wheel"];
  // A browser scrolls to an anchor and focuses a field by itself while it loads a page.
  const onceLoaded = ["scroll", "focusin"];
  const settled = 500;
  let done = false;

  /** @param {Event} event */
  function identify(event) {
    if (done || !event.isTrusted) return;
    done = true;
    for (const name of [...atOnce, ...onceLoaded]) removeEventListener(name, identify, true);
    address.searchParams.set("tstamp", String(Date.now()));
    fetch(address, { credentials: "same-origin", keepalive: true }).catch(() => {});
  }

  /** @param {string[]} names */
  function listen(names) {
    if (done) return;
    for (const name of names) addEventListener(name, identify, { capture: true, passive: true });
  }

  function listenToAll() {
    setTimeout(() => listen(onceLoaded), settled);
  }

  listen(atOnce);
  if (document.readyState === "complete") listenToAll();
  else addEventListener("load", listenToAll, { once: true });
})();
