// How the client is used: what here compiles under `tsc --strict` is what tracker.d.ts promises.

import { trackEvent, trackingApi } from "../static/jss_tracking/tracker.js";
import type { Goal, ResponseError, TrackEvent, TrackingAnswer, TrackingOptions } from "../static/jss_tracking/tracker.js";

const options: TrackingOptions = {
  host: "https://www.example.com",
  serviceUrl: "/sitecore/api/jss/track",
  action: "event",
  querystringParams: { sc_apikey: "key", sc_camp: 1, sc_trk: null },
};
const batch: TrackEvent[] = [
  { eventId: "Download", file: "a.pdf" },
  { goalId: "Register" },
  { outcomeId: "Opportunity", monetaryValue: "12.5", currencyCode: "EUR" },
  { campaignId: "Newsletter" },
  { pageId: "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}", url: "/step-2" },
  { commerceEventId: "Bought", lines: [1, 2] },
];

export async function use(): Promise<number> {
  const answer: TrackingAnswer | undefined = await trackingApi.trackEvent(batch, options);
  const goal: Goal = { goalId: "Register" };
  try {
    await trackEvent(goal);
  } catch (error) {
    const { response, retry } = error as Partial<ResponseError>;
    if (!retry) console.warn(response?.status, response?.data);
  }
  trackingApi.on("tracked", ({ events }) => console.log(events.length));
  trackingApi.on("failed", ({ events, error }) => console.warn(events, error.message));
  await trackingApi.consent.give();
  await trackingApi.consent.revoke();
  await trackingApi.pageView("/step-3", "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}");
  await trackingApi.pageView();
  await trackingApi.flush();
  return answer?.tracked ?? 0;
}

// @ts-expect-error An event is an object.
void trackEvent("Download");
// @ts-expect-error There is no such event.
trackingApi.on("sent", () => {});
// @ts-expect-error A parameter is a text or a number.
void trackEvent([], { querystringParams: { a: {} } });
