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
  /** Events that are kept on the server until Sitecore takes them. */
  queued?: number;
  /** Why nothing of it was tracked: `consent`, `robot`, `tracking_off`. */
  dropped?: string;
  flushed?: boolean;
}

/** What a promise is rejected with when the answer is not 2xx. */
export interface ResponseError extends Error {
  response: { status: number; statusText: string; headers?: Headers; data: any };
  /** True if the events stay in the queue and are sent again. */
  retry?: boolean;
}

/** Events that the tracker has answered. */
export interface Tracked {
  events: TrackEvent[];
  answer: TrackingAnswer | undefined;
}

/** Events that are not tracked; with `error.retry` they are sent again. */
export interface Failed {
  events: TrackEvent[];
  error: Error & { retry?: boolean; response?: ResponseError["response"] };
}

export interface TrackingApi {
  /**
   * Put events into the queue and send them, in order.
   *
   * Resolves with the answer once it is 2xx. Rejects with a `ResponseError` otherwise, and
   * with fetch's own error where there is no answer; with `retry` it stays in the queue.
   */
  trackEvent(
    events: TrackEvent | TrackEvent[],
    options?: TrackingOptions,
  ): Promise<TrackingAnswer | undefined>;
  /** Send what waits, now. */
  flush(): Promise<void>;
  /** Count a page; without arguments, this one at its present address. */
  pageView(url?: string, pageId?: string): Promise<TrackingAnswer | undefined>;
  consent: {
    /** The visitor agrees: tell the server, and send what waited for it. */
    give(): Promise<void>;
    /** The visitor does not agree any more: drop what waits, and tell the server. */
    revoke(): Promise<void>;
  };
  on(name: "tracked", listener: (detail: Tracked) => void): void;
  on(name: "failed", listener: (detail: Failed) => void): void;
}

export declare const trackingApi: TrackingApi;
export declare const trackEvent: TrackingApi["trackEvent"];

declare global {
  interface Window {
    /** The classic build has no exports. */
    trackingApi?: TrackingApi;
  }
}
