// What of the client needs no browser: `node --test tests/tracking_client/client.test.js`.

import assert from "node:assert/strict";
import { test } from "node:test";

const CLIENT = new URL("../../jss_tracking/static/jss_tracking/tracker.js", import.meta.url);
let copies = 0;

/** A fresh client in a page of that script tag, and what it posts; `answers` in turn. */
async function loaded({ script, answers = [] } = {}) {
  const posts = [];
  const page = new EventTarget();
  const globals = {
    window: {},
    document: {
      hidden: false,
      documentElement: { dataset: {} },
      querySelectorAll: (selector) =>
        script && selector === "[data-page-id]" ? [{ dataset: script }] : [],
    },
    location: { pathname: "/a", search: "?b=1", host: "site.test" },
    history: { pushState() {} },
    navigator: { onLine: true },
    addEventListener: page.addEventListener.bind(page),
    dispatchEvent: page.dispatchEvent.bind(page),
    fetch: async (url, options) => {
      posts.push({ url, ...options, body: JSON.parse(options.body) });
      const { status = 200, body = '{"tracked":1,"errors":[]}', headers } = answers.shift() ?? {};
      return new Response(status === 204 ? null : body, { status, headers });
    },
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const client = await import(`${CLIENT}?copy=${copies++}`);
  return { ...client, posts };
}

const bare = ({ body }) => body.map(({ eventUid, ...event }) => event);

test("on a server nothing is sent and nothing fails", async () => {
  delete globalThis.window;
  const { trackingApi } = await import(`${CLIENT}?server`);
  assert.equal(await trackingApi.trackEvent({ goalId: "a" }), undefined);
  assert.equal(await trackingApi.flush(), undefined);
  assert.equal(await trackingApi.pageView(), undefined);
  assert.equal(await trackingApi.consent.give(), undefined);
  await trackingApi.on("tracked", () => {});
});

test("an event is posted as an array to the service's address", async () => {
  const { trackEvent, trackingApi, posts } = await loaded();
  assert.equal(trackEvent, trackingApi.trackEvent);
  const options = { host: "https://app.test", querystringParams: { sc_apikey: "k" } };
  assert.deepEqual(await trackEvent({ eventId: "Download" }, options), { tracked: 1, errors: [] });
  const [post] = posts;
  assert.equal(post.url, "https://app.test/sitecore/api/jss/track/event?sc_apikey=k");
  assert.equal(post.method, "POST");
  assert.equal(post.credentials, "include");
  assert.equal(post.keepalive, true);
  assert.deepEqual(post.headers, { "Content-Type": "application/json" });
  assert.deepEqual(bare(post), [{ eventId: "Download" }]);
});

test("several events keep their order, and each has an id of its own", async () => {
  const { trackEvent, posts } = await loaded();
  await trackEvent([{ eventId: "a" }, { goalId: "b" }]);
  assert.deepEqual(bare(posts[0]), [{ eventId: "a" }, { goalId: "b" }]);
  assert.equal(new Set(posts[0].body.map(({ eventUid }) => eventUid)).size, 2);
});

test("an id that the caller gives stays", async () => {
  const { trackEvent, posts } = await loaded();
  await trackEvent({ eventId: "a", eventUid: "mine" });
  assert.equal(posts[0].body[0].eventUid, "mine");
});

test("the action and the service can be named", async () => {
  const { trackEvent, posts } = await loaded();
  const querystringParams = { a: "b c", d: null, e: undefined };
  await trackEvent([], { action: "flush", serviceUrl: "/t", querystringParams });
  assert.equal(posts[0].url, "/t/flush?a=b+c");
  assert.deepEqual(posts[0].body, []);
});

test("a flush follows the events that wait", async () => {
  const { trackEvent, posts } = await loaded();
  const first = trackEvent({ eventId: "a" });
  await trackEvent([], { action: "flush" });
  await first;
  assert.deepEqual(posts.map(({ url }) => url.match(/track\/(\w+)/)[1]), ["event", "flush"]);
});

test("the page's tag names address and key", async () => {
  const script = { serviceUrl: "/x/track", apiKey: "page's", pageId: "p" };
  const { trackEvent, posts } = await loaded({ script });
  await trackEvent({ goalId: "a" });
  assert.equal(posts[0].url, "/x/track/event?sc_apikey=page%27s");
});

test("the page's key is not given to another host", async () => {
  const script = { serviceUrl: "/x/track", apiKey: "k", pageId: "p" };
  const { trackEvent, posts } = await loaded({ script });
  await trackEvent({ goalId: "a" }, { host: "https://b.test" });
  assert.equal(posts[0].url, "https://b.test/x/track/event?");
});

test("a page view is that of this page unless said otherwise", async () => {
  const script = { serviceUrl: "/x/track", pageId: "p", counted: "true" };
  const { trackingApi, posts } = await loaded({ script });
  await Promise.all([trackingApi.pageView(), trackingApi.pageView("/c", "q")]);
  assert.deepEqual(bare(posts[0]), [{ pageId: "p", url: "/a?b=1" }, { pageId: "q", url: "/c" }]);
});

for (const status of [400, 403, 404]) {
  test(`${status} rejects with the response, and is not repeated`, async () => {
    const { trackEvent, posts } = await loaded({
      answers: [{ status, body: '{"tracked":0}' }],
    });
    await assert.rejects(trackEvent({ goalId: "a" }), (error) => {
      assert.ok(error instanceof Error);
      assert.equal(error.message, `HTTP ${status}`);
      assert.equal(error.response.status, status);
      assert.deepEqual(error.response.data, { tracked: 0 });
      return !error.retry;
    });
    await new Promise((resolve) => setTimeout(resolve, 1700));
    assert.equal(posts.length, 1);
  });
}

for (const status of [408, 429, 500, 503]) {
  test(`${status} rejects, and is repeated until it is answered`, async () => {
    const { trackingApi, posts } = await loaded({ answers: [{ status }] });
    const tracked = new Promise((resolve) => trackingApi.on("tracked", resolve));
    await assert.rejects(trackingApi.trackEvent({ goalId: "a" }), ({ retry }) => retry);
    const { events } = await tracked;
    assert.equal(events[0].goalId, "a");
    assert.equal(posts.length, 2);
    assert.deepEqual(posts[0].body, posts[1].body);
  });
}

for (const [body, data] of [["", undefined], ["<p>", "<p>"]]) {
  test(`an answer of 2xx that is not JSON resolves: ${JSON.stringify(body)}`, async () => {
    const { trackEvent } = await loaded({ answers: [{ status: 202, body }] });
    const answer = await trackEvent([], { action: "flush" });
    assert.equal(answer, data);
  });
}

test("more events than a request may hold go in several", async () => {
  const { trackEvent, posts } = await loaded();
  const events = Array.from({ length: 250 }, (_, n) => ({ eventId: "a", n }));
  assert.equal((await trackEvent(events)).tracked, 250);
  assert.deepEqual(posts.map(({ body }) => body.length), [100, 100, 50]);
});
