/**
 * Sends events to the tracker of this host, or of another one that speaks the same protocol.
 *
 * Loaded by `{% tracker %}`, it also pushes what the page is marked with, once, when the page
 * is really shown, and listens for clicks and submits of marked elements.
 *
 * @typedef {import("./tracker").TrackEvent} TrackEvent
 * @typedef {import("./tracker").TrackingOptions} TrackingOptions
 */

const inBrowser = typeof window !== "undefined";

/** What the tag of `{% tracker %}` says. */
const settings = inBrowser
  ? { .../** @type {any} */ (document.querySelector("script[data-endpoint]"))?.dataset }
  : {};

/** What a promise of `trackEvent` is rejected with when the answer is not 2xx. */
export class ResponseError extends Error {
  /**
   * @param {string} message
   * @param {{status: number, statusText: string, data: unknown}} response
   */
  constructor(message, response) {
    super(message);
    this.name = "ResponseError";
    this.response = response;
  }
}

/**
 * @param {TrackingOptions} options
 * @returns {string}
 */
function address({ host = "", serviceUrl, action = "event", querystringParams }) {
  const service = serviceUrl ?? settings.endpoint?.replace(/\/[^/]*$/, "");
  const query = new URLSearchParams();
  const params = { ...(!host && { sc_apikey: settings.apiKey }), ...querystringParams };
  for (const [name, value] of Object.entries(params)) {
    if (value != null) query.append(name, String(value));
  }
  return `${host}${service ?? "/sitecore/api/jss/track"}/${action}?${query}`;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text || undefined;
  }
}

/**
 * Send one event or several, in order.
 *
 * Resolves with the answer's body once it is 2xx. Rejects with a `ResponseError` otherwise,
 * and with fetch's own error where there is no answer. Does nothing on a server, where the
 * same page would be counted again in the browser.
 *
 * @param {TrackEvent | TrackEvent[]} events
 * @param {TrackingOptions} [options]
 * @returns {Promise<any>}
 */
export async function trackEvent(events, options = {}) {
  if (!inBrowser) return;
  const response = await fetch(address(options), {
    method: "POST",
    credentials: "include",
    keepalive: options.keepalive,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify([events].flat()),
  });
  const { status, statusText } = response;
  const data = parsed(await response.text());
  if (response.ok) return data;
  throw new ResponseError(statusText || `HTTP ${status}`, { status, statusText, data });
}

export const trackingApi = { trackEvent };

/**
 * Send what the markup says; the page stands whatever becomes of it.
 *
 * @param {Element[]} elements
 * @param {TrackEvent[]} [first]
 */
async function push(elements, first = []) {
  try {
    const marked = elements.flatMap((element) => read(element));
    const events = [...first, ...marked];
    if (events.length) await trackEvent(events, { keepalive: true });
  } catch (error) {
    console.warn("Not tracked:", error);
  }
}

/**
 * @param {Element} element
 * @returns {TrackEvent[]}
 */
function read(element) {
  try {
    return [JSON.parse(/** @type {string} */ (element.getAttribute("data-jss-track")))];
  } catch {
    console.warn("data-jss-track is not JSON:", element);
    return [];
  }
}

/** Push what the page is marked with, its own view first if the server has not counted it. */
function pushPage() {
  const uncounted = document.documentElement.dataset.counted === "false" && settings.pageId;
  const url = location.pathname + location.search;
  push(
    [...document.querySelectorAll("[data-jss-track]:not([data-jss-track-on])")],
    uncounted ? [{ pageId: settings.pageId, url }] : [],
  );
}

/** Not while the page is prerendered, and not in a tab that nobody has looked at yet. */
function pushWhenShown() {
  const shown = !(/** @type {any} */ (document).prerendering) && !document.hidden;
  if (!shown) return;
  document.removeEventListener("visibilitychange", pushWhenShown);
  document.removeEventListener("prerenderingchange", pushWhenShown);
  pushPage();
}

/** @param {Event} event */
function pushTriggered(event) {
  const target = /** @type {Element} */ (event.target);
  const element = target.closest?.(`[data-jss-track][data-jss-track-on="${event.type}"]`);
  if (element) push([element]);
}

if (settings.endpoint) {
  document.addEventListener("visibilitychange", pushWhenShown);
  document.addEventListener("prerenderingchange", pushWhenShown);
  pushWhenShown();
  addEventListener("click", pushTriggered, true);
  addEventListener("submit", pushTriggered, true);
}
