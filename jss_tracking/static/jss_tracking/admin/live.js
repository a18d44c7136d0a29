// Asks for what came in since the last look, and puts it on top of the tables.
'use strict';

(() => {
    const MOST_ROWS = 200;
    const live = document.querySelector('[data-live]');
    const button = document.querySelector('[data-pause]');
    const state = document.querySelector('[role="status"]');
    let since = live.dataset.since;
    let paused = false;

    function say(what) {
        if (state.textContent !== state.dataset[what]) {
            state.textContent = state.dataset[what];
        }
    }

    // The server escapes what visitors sent; the rows come from its templates.
    function add(name, html) {
        const body = live.querySelector(`[data-rows="${name}"]`);
        const known = new Set([...body.rows].map((row) => row.dataset.id));
        const table = new DOMParser().parseFromString(`<table><tbody>${html}</tbody></table>`, 'text/html');
        const fresh = [...table.querySelectorAll('tr')].filter((row) => !known.has(row.dataset.id));
        fresh.forEach((row) => row.classList.add('jss-new'));
        body.prepend(...fresh);
        [...body.rows].slice(MOST_ROWS).forEach((row) => row.remove());
        live.querySelectorAll(`[data-empty="${name}"]`).forEach((note) => { note.hidden = body.rows.length > 0; });
    }

    async function look() {
        const address = new URL(live.dataset.live, location.href);
        address.search = location.search;
        address.searchParams.set('since', since);
        const answer = await fetch(address, { headers: { Accept: 'application/json' }, redirect: 'error' });
        if (!answer.ok) {
            throw new Error(answer.status);
        }
        const found = await answer.json();
        add('events', found.events);
        add('refusals', found.refusals);
        since = found.since;
    }

    async function lookAndWait() {
        if (!paused && !document.hidden) {
            try {
                await look();
                say('running');
            } catch {
                say('failed');
            }
        }
        setTimeout(lookAndWait, Number(live.dataset.milliseconds));
    }

    // At once: the answer to the first look may take a while.
    button.hidden = false;
    say('running');
    button.addEventListener('click', () => {
        paused = !paused;
        button.textContent = paused ? button.dataset.goOn : button.dataset.pause;
        say(paused ? 'paused' : 'running');
    });
    lookAndWait();
})();
