// A visitor who uses Sitecore's own client under Node, as an app does that renders there.
//
// Standard input is {host, key, site, calls: [[name, ...arguments], ...]}, made one after the
// other; standard output is what came of each: {value}, or {error} with what the client rejects
// with.
"use strict";

const { readFileSync } = require("node:fs");
const { NativeDataFetcher } = require("@sitecore-jss/sitecore-jss");
const { RestDictionaryService } = require("@sitecore-jss/sitecore-jss/i18n");
const { RestLayoutService } = require("@sitecore-jss/sitecore-jss/layout");
const { trackingApi } = require("@sitecore-jss/sitecore-jss/tracking");

const { host, key, site, calls } = JSON.parse(readFileSync(0, "utf8"));
const cookies = new Map();

// Node's fetch keeps no cookies, unlike a browser's.
async function fetcher(url, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("Cookie", [...cookies].map((cookie) => cookie.join("=")).join("; "));
  const answer = await new NativeDataFetcher().fetch(url, { ...options, headers });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    cookies.set(name, value);
  }
  return answer;
}

// As fetchers for the client's older contract do: the second argument is the body.
async function olderFetcher(url, data) {
  return new NativeDataFetcher().post(url, data, { headers: { "Content-Type": "application/json" } });
}

const service = { apiHost: host, apiKey: key, siteName: site };
const layouts = new RestLayoutService({ ...service, dataFetcherResolver: () => fetcher });
// Its cache holds the process for a minute.
const dictionary = new RestDictionaryService({ ...service, dataFetcher: fetcher, cacheEnabled: false });

function track(events, options = {}) {
  const querystringParams = { sc_apikey: key };
  return trackingApi.trackEvent(events, { host, fetcher, querystringParams, test: true, ...options });
}

const clients = {
  track,
  trackWithOlderFetcher: (events) => track(events, { fetcher: olderFetcher }),
  layout: (...call) => layouts.fetchLayoutData(...call),
  placeholder: (...call) => layouts.fetchPlaceholderData(...call),
  dictionary: (language) => dictionary.fetchDictionaryData(language),
  // A page that the app renders: its visitor's headers go up, and Sitecore's cookies come down.
  async page(path, headers) {
    const sent = {};
    const response = { setHeader: (name, value) => (sent[name] = value) };
    const request = { headers, socket: { remoteAddress: "192.0.2.7" } };
    await new RestLayoutService(service).fetchLayoutData(path, "en", request, response);
    return sent;
  },
};

async function main() {
  const results = [];
  for (const [name, ...call] of calls) {
    try {
      results.push({ value: (await clients[name](...call)) ?? null });
    } catch (error) {
      results.push({ error: { status: error.response?.status, data: error.response?.data } });
    }
  }
  process.stdout.write(JSON.stringify(results));
}

main();
