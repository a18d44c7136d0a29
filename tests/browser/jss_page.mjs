// Sitecore's own client, for a page: what the tests call in a browser.
import { NativeDataFetcher } from "@sitecore-jss/sitecore-jss";
import { RestDictionaryService } from "@sitecore-jss/sitecore-jss/i18n";
import { RestLayoutService } from "@sitecore-jss/sitecore-jss/layout";
import { trackingApi } from "@sitecore-jss/sitecore-jss/tracking";

const native = new NativeDataFetcher({ credentials: "include" });
const fetcher = (url, options) => native.fetch(url, options);

globalThis.jss = {
  track: ({ host, key }, events, options = {}) =>
    trackingApi.trackEvent(events, {
      host,
      fetcher,
      querystringParams: { sc_apikey: key },
      ...options,
    }),
  layout: ({ host, key, site }, ...call) =>
    new RestLayoutService({
      apiHost: host,
      apiKey: key,
      siteName: site,
      dataFetcherResolver: () => fetcher,
    }).fetchLayoutData(...call),
  dictionary: ({ host, key, site }, language) =>
    new RestDictionaryService({ apiHost: host, apiKey: key, siteName: site }).fetchDictionaryData(
      language,
    ),
};
