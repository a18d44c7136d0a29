/** Keys that stay with an event beside its own. */
interface Extra {
  [key: string]: unknown;
}

/** A page event; ids are a GUID or an alias. */
export interface PageEvent extends Extra {
  eventId: string;
}

export interface Goal extends Extra {
  goalId: string;
}

export interface Outcome extends Extra {
  outcomeId: string;
  currencyCode?: string;
  monetaryValue?: number | string;
}

export interface Campaign extends Extra {
  campaignId: string;
}

/** A page that was seen: the GUID of its item, and any address. */
export interface PageView extends Extra {
  pageId: string;
  url: string;
}

/** An event of a processor of one's own has other keys. */
export type TrackEvent = PageEvent | Goal | Outcome | Campaign | PageView | Extra;

export interface TrackingOptions {
  /** Scheme and host of the tracker; the page's own if left out. */
  host?: string;
  /** Path of the tracker; `/sitecore/api/jss/track` if neither this nor the page says. */
  serviceUrl?: string;
  /** `event` unless given; `flush` ends the interaction. */
  action?: string;
  /** Goes into the address; `sc_apikey` is the page's own unless given. */
  querystringParams?: Record<string, string | number | boolean | null | undefined>;
  /** Let the request outlive the page. */
  keepalive?: boolean;
}

/** Why one event was not tracked. */
export interface TrackingFailure {
  code: string;
  message: string;
  index?: number;
  id?: string;
}

export interface TrackingAnswer {
  tracked?: number;
  errors?: TrackingFailure[];
  dropped?: string;
  flushed?: boolean;
}

export declare class ResponseError extends Error {
  constructor(message: string, response: ResponseError["response"]);
  response: { status: number; statusText: string; data: unknown };
}

export declare function trackEvent(
  events: TrackEvent | TrackEvent[],
  options?: TrackingOptions,
): Promise<TrackingAnswer | undefined>;

export declare const trackingApi: { trackEvent: typeof trackEvent };
