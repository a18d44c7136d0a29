/**
 * The queue of events: kept where all tabs see it, sent by one of them at a time.
 *
 * Each event is an entry of its own in localStorage, so that tabs which add at the same time
 * overwrite nothing, and whoever holds the lock sends what is there, whichever tab, alive or
 * not, it came from. An entry goes when the tracker has answered it. What a page that is gone
 * has sent is sent again by the next one; the tracker knows the event by its `eventUid`.
 *
 * @typedef {[key: string, url: string, event: any, length: number]} Entry
 * @typedef {[resolve: (answer: any) => void, reject: (error: any) => void]} Waiting
 */

/** What entries in localStorage, the lock and events on `window` are called. */
const PREFIX = "jss-track.";
/** Where all tabs see it: no retry before this time. */
const PAUSE = "jss-pause";
const MAX_ENTRIES = 1000;
/** Events of one request. */
const MAX_BATCH = 100;
/** Characters of one request, 60 kB at most: a browser lets 64 KiB outlive their page. */
const MAX_LENGTH = 2e4;
/** Milliseconds. */
const BATCH_DELAY = 300;
const TAKEOVER_DELAY = 5e3;
/** Until each tab knows what another one has taken from storage. */
const TURN = 50;
const FIRST_RETRY = 1e3;
const LAST_RETRY = 3e5;
const TIMEOUT = 3e4;
/** The tracker knows an event's `eventUid` that long. */
const MAX_AGE = 864e5;

/**
 * What a promise of `trackEvent` is rejected with when the answer is not 2xx.
 *
 * @param {{status: number, statusText: string, headers?: Headers, data: any}} response
 */
export const refusal = (response) =>
  Object.assign(new Error(`HTTP ${response.status}`), { response });

/** @type {Storage | undefined} */
let storage;
try {
  storage = localStorage;
} catch {
  // Denied, or there is no browser: the queue is in memory.
}

/** What storage does not take, and entries that wait for consent. @type {Map<string, string>} */
const memory = new Map();
/** Calls of this page, by key. @type {Map<string, Waiting>} */
const waiting = new Map();
/** What this page is sending. @type {Set<string>} */
const sending = new Set();
/** @type {Promise<void> | undefined} */
let draining;
let count = 1e5;
let failures = 0;
/** How many entries go alone, since one of them made the tracker refuse a batch. */
let alone = 0;
let refused = false;

/** Whether nothing may leave the page: no consent, or nobody has seen the page yet. */
const held = () => refused || /** @type {any} */ (document).prerendering;

/**
 * Listen to events of the window and of all that is in it.
 *
 * @param {string} names
 * @param {(event: any) => void} listener
 */
export const listen = (names, listener) =>
  names.split(" ").forEach((name) => addEventListener(name, listener, true));

/**
 * @param {string} name
 * @param {any} detail
 */
const emit = (name, detail) => dispatchEvent(new CustomEvent(PREFIX + name, { detail }));

/**
 * @param {string} name
 * @param {(detail: any) => void} listener
 */
export const on = (name, listener) => listen(PREFIX + name, (event) => listener(event.detail));

/** Keys of all entries, the oldest first. */
const keys = () =>
  [...memory.keys(), ...Object.keys(storage ?? {})].filter((key) => key.startsWith(PREFIX)).sort();

/** @param {string} key @returns {any} */
const read = (key) => memory.get(key) ?? storage?.getItem(key);

/** Milliseconds until the tracker may be asked again; a time beyond all limits is of a wrong clock. */
function rest() {
  const left = read(PAUSE) - Date.now();
  return left <= MAX_AGE ? left : 0;
}

/**
 * @param {string} key
 * @param {string} value
 */
function put(key, value) {
  memory.set(key, value);
  if (held()) return;
  try {
    /** @type {Storage} */ (storage).setItem(key, value);
    memory.delete(key);
  } catch {
    // Full or denied: it stays in memory.
  }
}

/** @param {string} key */
function remove(key) {
  memory.delete(key);
  storage?.removeItem(key);
}

/**
 * @param {string} key
 * @returns {Entry | undefined}
 */
function entry(key) {
  try {
    const [url, event] = JSON.parse(read(key));
    return [key, url, event, JSON.stringify(event).length];
  } catch {
    remove(key);
  }
}

/** @param {string} key @param {any} [error] @param {any} [answer] */
function settle(key, error, answer) {
  waiting.get(key)?.[error ? 1 : 0](error || answer);
  waiting.delete(key);
}

/** @param {string} key */
function drop(key) {
  const events = [entry(key)?.[2]];
  const error = new Error("Dropped");
  remove(key);
  settle(key, error);
  emit("failed", { events, error });
}

/**
 * Keep the event until the tracker has answered it.
 *
 * @param {string} url
 * @param {any} event
 * @returns {Promise<any>}
 */
export function add(url, event) {
  // By a GUID the tracker knows a first visit again; plain HTTP has no `randomUUID`.
  const uid = Array.from(crypto.getRandomValues(new Uint16Array(8)), (part) =>
    (part + 65536).toString(16).slice(1),
  ).join("");
  const key = `${PREFIX}${Date.now()}.${count++}.${uid}`;
  const promise = new Promise((...call) => waiting.set(key, call));
  put(key, JSON.stringify([url, { eventUid: uid, ...event }]));
  const all = keys();
  all.slice(0, -MAX_ENTRIES).forEach(drop);
  schedule(all.length < MAX_BATCH ? BATCH_DELAY : 0);
  return promise;
}

/** @param {number} delay */
const schedule = (delay) => setTimeout(run, Math.max(delay, rest() + TURN));

/**
 * The next entries that go together: to one address, within the limits.
 *
 * @param {Map<string, any>} [wanted] those with a key in it
 * @returns {Entry[]}
 */
function next(wanted) {
  /** @type {Entry[]} */
  const batch = [];
  let size = 2;
  for (const key of keys()) {
    if (sending.has(key) || wanted?.has(key) === false) continue;
    if (key < PREFIX + (Date.now() - MAX_AGE)) {
      drop(key);
      continue;
    }
    const found = entry(key);
    if (!found) continue;
    size += found[3] + 1;
    const full = size > MAX_LENGTH || batch[alone > 0 ? 0 : MAX_BATCH - 1];
    if (batch[0] && (full || batch[0][1] !== found[1])) break;
    batch.push(found);
  }
  return batch;
}

/**
 * @param {string} url
 * @param {any} value
 * @returns {Promise<any>}
 */
export async function post(url, value) {
  const body = JSON.stringify(value);
  const response = await fetch(url, {
    method: "POST",
    credentials: "include",
    keepalive: body.length <= MAX_LENGTH,
    headers: { "Content-Type": "application/json" },
    signal: AbortSignal.timeout(TIMEOUT),
    body,
  });
  const text = await response.text();
  let data = text || undefined;
  try {
    data = JSON.parse(text);
  } catch {
    // It stays as it is.
  }
  if (response.ok) return data;
  throw refusal(Object.assign(response, { data }));
}

/** When to try again: never before the tracker asks for it. @param {Headers} [headers] */
function backOff(headers) {
  const after = /** @type {any} */ (headers?.get("Retry-After"));
  const asked = +after * 1e3 || Date.parse(after) - Date.now() || 0;
  const own = Math.min(FIRST_RETRY * 2 ** failures++, LAST_RETRY) * (0.5 + Math.random());
  put(PAUSE, `${Date.now() + Math.min(Math.max(asked, own), MAX_AGE)}`);
  schedule(0);
}

/**
 * @param {Entry[]} batch
 * @returns {Promise<boolean>} whether to go on
 */
async function send(batch) {
  const events = batch.map(([, , event]) => event);
  /** @type {any} */
  let answer;
  /** @type {any} */
  let error;
  alone--;
  batch.forEach(([key]) => sending.add(key));
  try {
    answer = await post(batch[0][1], events);
    failures = 0;
    remove(PAUSE);
  } catch (caught) {
    error = caught;
  }
  batch.forEach(([key]) => sending.delete(key));
  const { status, headers } = error?.response ?? {};
  const again = error && !/^4(?!08|29)/.test(status);
  if (batch[1] && (status === 400 || status === 413)) {
    alone = batch.length;
    schedule(0);
    return true;
  }
  if (again) {
    error.retry = true;
    backOff(headers);
  }
  batch.forEach(([key], index) => {
    if (!again) remove(key);
    const failure = answer?.errors?.find((/** @type {any} */ found) => found.index === index);
    settle(key, error, { answer, failure });
  });
  emit(error ? "failed" : "tracked", { events, error, answer });
  return !again;
}

/** Whether the tracker may be asked now. */
const ready = () => !held() && navigator.onLine && rest() <= 0;

/** Send until nothing is left, or the tracker can't take it now. */
async function drain() {
  await new Promise((resolve) => setTimeout(resolve, TURN));
  let batch;
  while (ready() && (batch = next())[0] && (await send(batch)));
  // What another tab has sent meanwhile.
  const left = keys();
  for (const key of waiting.keys()) if (!left.includes(key) && !sending.has(key)) settle(key);
}

async function takeTurn() {
  try {
    await navigator.locks.request(PREFIX, drain);
  } catch {
    // Plain HTTP has no locks, and where storage is denied they are too.
    await drain();
  }
  draining = undefined;
}

/** Send what waits; of several tabs one after the other. */
const run = () => (draining ??= takeTurn());

/** The same, without any pause that a failure has led to. */
export function flush() {
  remove(PAUSE);
  return run();
}

/**
 * The page may end now, or is shown at last: keep what is in memory alone, and send what the
 * page added itself, without waiting for another tab.
 */
function change() {
  let batch;
  for (const [key, value] of [...memory]) put(key, value);
  while (ready() && (batch = next(waiting))[0]) send(batch);
}

/** Drop what waits; nothing is kept beyond this page, or sent, until `permit`. */
export function refuse() {
  refused = true;
  keys().forEach(drop);
}

/** Keep and send what was held back. */
export function permit() {
  refused = false;
  change();
}

/** Listen to the page's life; what an earlier page left is sent soon. */
export function start() {
  listen("visibilitychange pagehide", change);
  listen("online", flush);
  listen("storage pageshow", () => schedule(TAKEOVER_DELAY));
  schedule(BATCH_DELAY);
}
