// Shows on the tracking page what the tracker has recorded of this visit, as it comes in.

const { trackingApi } = window;
const list = document.querySelector("[data-recorded-events]");

// A goal lands on the page view named before it, not on the page that sends the batch.
const BATCH = [
  { eventId: "Download" },
  { goalId: "Instant Demo" },
  { outcomeId: "Opportunity", monetaryValue: "4250", currencyCode: "DKK" },
  { pageId: "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}", url: "/any/address/of/your/own" },
  { goalId: "Register" },
];

/** @param {string} text */
function entry(text) {
  const item = document.createElement("li");
  const code = document.createElement("code");
  code.textContent = text;
  item.append(code);
  return item;
}

async function show() {
  const response = await fetch(list.dataset.recordedEvents);
  if (!response.ok) return; // A Sitecore keeps the events.
  const { events } = await response.json();
  list.replaceChildren(...events.map(({ kind, label }) => entry(`${kind}: ${label}`)));
}

show();
trackingApi?.on("tracked", show);
trackingApi?.on("failed", ({ error }) => list.append(entry(error.message)));

document.querySelector("[data-send-batch]").addEventListener("click", () => {
  trackingApi?.trackEvent(BATCH).catch(() => {});
});

document.querySelector("form.end-visit")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await trackingApi.flush();
    await fetch(event.target.action, { method: "POST" });
    await show();
  } catch (error) {
    list.append(entry(String(error)));
  }
});
