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

import {
  ResponseError,
  add,
  flush,
  listen,
  on,
  permit,
  post,
  refuse,
  start,
} from "./queue.js";

const inBrowser = typeof window !== "undefined";

/** What the last tag of `{% tracker %}` says; a navigation may bring another one. */
const tag = () => [.../** @type {any} */ (document.querySelectorAll("[data-page-id]"))].pop();
/** @type {Record<string, string>} */
const settings = inBrowser ? { ...tag()?.dataset } : {};

/**
 * @param {TrackingOptions} options
 * @returns {string}
 */
function address({ host = "", serviceUrl, action = "event", querystringParams }) {
  const service = serviceUrl ?? settings.endpoint?.replace(/\/[^/]*$/, "");
  const params = { ...(!host && { sc_apikey: settings.apiKey }), ...querystringParams };
  const given = Object.entries(params).filter(([, value]) => value != null);
  const query = new URLSearchParams(/** @type {any} */ (given));
  return `${host}${service ?? "/sitecore/api/jss/track"}/${action}?${query}`;
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
  const all = [events].flat();
  if (!all[0]) {
    await flush();
    return post(url, all);
  }
  const places = await Promise.all(all.map((event) => add(url, event)));
  const errors = places.flatMap((place, index) =>
    (place?.answer?.errors ?? [])
      .filter((/** @type {any} */ error) => error.index === place.index)
      .map((/** @type {any} */ error) => ({ ...error, index })),
  );
  const data = { ...places[0]?.answer, tracked: all.length - errors.length, errors };
  if (data.tracked) return data;
  // Sent alone they had been answered so; other calls' events went with them.
  throw new ResponseError("None tracked", { status: 400, statusText: "", data });
}

/** @param {boolean} given */
async function choose(given) {
  if (!given) refuse();
  await post(settings.consentUrl, { given });
  if (given) permit();
}

const here = () => location.pathname + location.search;

/** On a server, where the same page would be counted again in the browser. */
const nothing = async () => {};

/** @type {TrackingApi} */
export const trackingApi = inBrowser
  ? /** @type {any} */ (window).trackingApi ?? {
      trackEvent: track,
      flush,
      pageView: (url = here(), pageId = tag()?.dataset.pageId) => track({ pageId, url }),
      consent: { give: () => choose(true), revoke: () => choose(false) },
      on,
    }
  : { trackEvent: nothing, flush: nothing, pageView: nothing, consent: { give: nothing, revoke: nothing }, on: nothing };

export const { trackEvent } = trackingApi;
export { ResponseError };

/** @param {string} selector @returns {HTMLElement[]} */
const all = (selector) => [.../** @type {any} */ (document.querySelectorAll(selector))];

/**
 * Send what the markup says; the page stands whatever becomes of it.
 *
 * @param {HTMLElement[]} elements
 * @param {TrackEvent[]} events that go first
 * @param {Record<string, string>} [more] keys of each element's event
 */
function push(elements, events = [], more) {
  for (const { dataset } of elements) {
    try {
      events.push({ ...JSON.parse(/** @type {string} */ (dataset.jssTrack)), ...more });
    } catch {
      console.warn("Not tracked:", dataset.jssTrack);
    }
    // Clones and restored copies of the page keep it.
    dataset.jssTracked = "";
  }
  if (events[0]) trackEvent(events).catch(console.warn);
}

/** What is to happen once. @param {string} trigger */
const once = (trigger) => all(`[data-jss-track][data-jss-track-on~=${trigger}]:not([data-jss-tracked])`);

/** How much must be seen. @param {HTMLElement} element */
const percent = ({ dataset }) => +(dataset.jssTrackPercent ?? 50);

/** @type {WeakSet<Element>} */
const watched = new WeakSet();

/** Push the element once that part of it was seen for that long. @param {HTMLElement} element */
function watch(element) {
  if (watched.has(element)) return;
  watched.add(element);
  const { jssTrackSeconds = 1 } = element.dataset;
  const threshold = percent(element) / 100;
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

/** @param {MouseEvent} event */
function pushTriggered({ type, target, button }) {
  const element = /** @type {Element} */ (target);
  const link = /** @type {HTMLAnchorElement | null} */ (element.closest?.("a[href]"));
  const of = (/** @type {string} */ trigger, more = {}) => {
    const marked = element.closest?.(`[data-jss-track][data-jss-track-on~=${trigger}]`);
    if (marked) push([/** @type {HTMLElement} */ (marked)], [], more);
  };
  of(type);
  // The right button opens no link; one to no host is mailto: or the like.
  if (!link?.host || button > 1) return;
  const { href, host, pathname } = link;
  if (host !== location.host) of("outbound", { url: href });
  if (link.matches("[download]") || FILE.test(pathname)) of("download", { url: href });
}

/** Addresses of files that are no pages. */
const FILE = /\.(?!html?$|aspx?$|php$)\w{2,4}$/i;

function scrolled() {
  const seen = ((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100;
  push(once("scroll").filter((element) => seen >= percent(element)));
}

/** A navigation within the page; libraries which bring the page later say when. */
function navigated() {
  if (!("Turbo" in window || "htmx" in window)) setTimeout(look, 50);
}

function startPage() {
  look();
  listen("visibilitychange prerenderingchange turbo:load htmx:afterSettle htmx:historyRestore", look);
  listen("click auxclick submit", pushTriggered);
  listen("scroll", scrolled);
  listen("popstate", navigated);
  const { pushState } = history;
  history.pushState = (...state) => {
    pushState.apply(history, state);
    navigated();
  };
}

if (inBrowser && !("trackingApi" in window)) {
  Object.assign(window, { trackingApi });
  if (settings.consent === "required") refuse();
  start();
  if (settings.endpoint) startPage();
}
