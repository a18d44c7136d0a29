/**
 * Sends events to the tracker of this host, or of another one that speaks the same protocol.
 *
 * Loaded by `{% tracker %}`, it also pushes what the page is marked with, once, when the page
 * is really shown, counts navigation within the page, and listens for what visitors do.
 *
 * @typedef {import("../static/jss_tracking/tracker").TrackEvent} TrackEvent
 * @typedef {import("../static/jss_tracking/tracker").TrackingOptions} TrackingOptions
 * @typedef {import("../static/jss_tracking/tracker").TrackingApi} TrackingApi
 */

import { add, flush, listen, on, permit, post, refusal, refuse, start } from "./queue.js";

const inBrowser = typeof window !== "undefined";

/** @param {string} selector @returns {HTMLElement[]} */
const all = (selector) => [.../** @type {any} */ (document.querySelectorAll(selector))];

/** What the last tag of `{% tracker %}` says; a navigation may bring another one. */
const tag = () => all("[data-page-id]").pop();
/** @type {any} */
const settings = inBrowser ? { ...tag()?.dataset } : {};

/**
 * @param {TrackingOptions} options
 * @returns {string}
 */
function address({ host = "", serviceUrl = settings.serviceUrl, action = "event", querystringParams }) {
  const params = { ...(!host && { sc_apikey: settings.apiKey }), ...querystringParams };
  const given = Object.entries(params).filter(([, value]) => value != null);
  const query = new URLSearchParams(/** @type {any} */ (given));
  return `${host}${serviceUrl ?? "/sitecore/api/jss/track"}/${action}?${query}`;
}

/**
 * Send one event or several, in order.
 *
 * @param {TrackEvent | TrackEvent[]} events
 * @param {TrackingOptions} [options]
 * @returns {Promise<any>}
 */
async function track(events, options = {}) {
  const url = address(options);
  const list = [events].flat();
  if (!list[0]) {
    await flush();
    return post(url, list);
  }
  const places = await Promise.all(list.map((event) => add(url, event)));
  const errors = places.flatMap((place, index) =>
    place?.failure ? { ...place.failure, index } : [],
  );
  const answer = places[0]?.answer;
  const tracked = answer?.tracked === 0 ? 0 : list.length - errors.length;
  const data = { ...answer, tracked, errors };
  if (list[errors.length]) return data;
  // Sent alone they had been answered so; other calls' events went with them.
  throw refusal({ status: 400, statusText: "", data });
}

/** @param {boolean} given */
async function choose(given) {
  if (!given) refuse();
  await post(address({ action: "consent" }), { given });
  if (given) permit();
}

const here = () => location.pathname + location.search;

/** On a server, where the same page would be counted again in the browser. */
const nothing = async () => {};

/** @type {TrackingApi} */
export const trackingApi = inBrowser
  ? window.trackingApi ?? {
      trackEvent: track,
      flush,
      pageView: (url = here(), pageId = tag()?.dataset.pageId) => track({ pageId, url }),
      consent: { give: () => choose(true), revoke: () => choose(false) },
      on,
    }
  : { trackEvent: nothing, flush: nothing, pageView: nothing, consent: { give: nothing, revoke: nothing }, on: nothing };

export const { trackEvent } = trackingApi;

/**
 * Send what the markup says; the page stands whatever becomes of it.
 *
 * @param {HTMLElement[]} elements
 * @param {TrackEvent[]} events that go first
 * @param {Record<string, string>} [more] keys of each element's event; may be sent again
 */
function push(elements, events = [], more) {
  for (const { dataset } of elements) {
    try {
      events.push({ ...JSON.parse(/** @type {string} */ (dataset.jssTrack)), ...more });
    } catch (error) {
      console.warn(dataset.jssTrack, error);
    }
    // Clones and restored copies of the page keep it.
    if (!more) dataset.jssTracked = "";
  }
  if (events[0]) trackEvent(events).catch(console.warn);
}

/** @param {string} trigger */
const marked = (trigger, but = "") => all(`[data-jss-track][data-jss-track-on~=${trigger}]` + but);

/** What is to happen once. @param {string} trigger */
const once = (trigger) => marked(trigger, ":not([data-jss-tracked])");

/** How much must be seen, 1 for all. @param {HTMLElement} element */
const part = ({ dataset }) => /** @type {any} */ (dataset.jssTrackPercent ?? 50) / 100;

/** @type {WeakSet<Element>} */
const watched = new WeakSet();

/**
 * Push the element once that part of it, or of a window that it fills, was seen for that long.
 *
 * @param {HTMLElement} element
 */
function watch(element) {
  if (watched.has(element)) return;
  watched.add(element);
  const { jssTrackSeconds = 1 } = element.dataset;
  const threshold = part(element) * Math.min(1, (innerHeight - 1) / element.clientHeight);
  /** @type {any} */
  let timer;
  const observer = new IntersectionObserver(
    (changes) => {
      clearTimeout(timer);
      if (/** @type {any} */ (changes.pop()).intersectionRatio < threshold) return;
      timer = setTimeout(() => {
        observer.disconnect();
        push([element]);
      }, +jssTrackSeconds * 1e3);
    },
    { threshold },
  );
  observer.observe(element);
}

/** @type {HTMLElement | undefined} */
let page;
/** @type {string} */
let url;

/**
 * Count the page unless the server has, and push what it is marked with.
 *
 * A page that a navigation has brought says itself whether it was counted; an address that
 * is new without a new page was not. Nothing happens while the page is prerendered, nor in
 * a tab that nobody has looked at yet.
 */
function look() {
  if (document.hidden) return;
  const found = tag();
  const { counted, pageId } = { ...document.documentElement.dataset, ...found?.dataset };
  const uncounted = found === page ? url !== here() : counted === "false";
  page = found;
  url = here();
  if (found) found.dataset.counted = "true";
  push(
    all("[data-jss-track]:not([data-jss-track-on],[data-jss-tracked])"),
    uncounted && pageId ? [{ pageId, url }] : [],
  );
  once("visible").forEach(watch);
}

/** @param {any} event */
function pushTriggered({ type, target, button }) {
  const link = target.closest?.("a[href]");
  const of = (/** @type {string} */ trigger, more = {}) =>
    push(marked(trigger).filter((element) => element.contains(target)), [], more);
  of(type);
  // The right button opens no link; one to no host is mailto: or the like.
  if (!link?.host || button > 1) return;
  const { href: url, host, pathname } = link;
  if (host !== location.host) of("outbound", { url });
  if (link.matches("[download]") || FILE.test(pathname)) of("download", { url });
}

/** Addresses of files that are no pages. */
const FILE = /\.(?!html?$|aspx?$|php$)\w{2,4}$/i;

function scrolled() {
  const seen = (scrollY + innerHeight) / document.documentElement.scrollHeight;
  push(once("scroll").filter((element) => seen >= part(element)));
}

/** A navigation within the page; libraries which bring the page later say when. */
function navigated() {
  if (!("Turbo" in window || "htmx" in window)) setTimeout(look, 50);
}

function startPage() {
  look();
  listen("visibilitychange turbo:load htmx:afterSettle htmx:after:settle htmx:historyRestore", look);
  listen("click auxclick submit", pushTriggered);
  listen("scroll", scrolled);
  listen("popstate", navigated);
  const { pushState } = history;
  history.pushState = (...state) => {
    pushState.apply(history, state);
    navigated();
  };
}

if (inBrowser && window.trackingApi !== trackingApi) {
  window.trackingApi = trackingApi;
  if (settings.consent === "required") refuse();
  start();
  if (settings.serviceUrl) startPage();
}
