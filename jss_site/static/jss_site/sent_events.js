// Shows on the tracking page what it hands to the tracker, and how a visit's end is answered.

const list = document.querySelector("[data-sent-events]");

/** @param {string} text */
function show(text) {
  const entry = document.createElement("li");
  const code = document.createElement("code");
  code.textContent = text;
  entry.append(code);
  list?.append(entry);
}

document.addEventListener("click", ({ target }) => {
  const element = target.closest?.('[data-jss-track][data-jss-track-on="click"]');
  if (element) show(element.dataset.jssTrack);
});

document.querySelector("form.end-visit")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  try {
    const response = await fetch(form.action, { method: "POST" });
    show(`${new URL(form.action).pathname}: ${await response.text()}`);
  } catch (error) {
    show(String(error));
  }
});
