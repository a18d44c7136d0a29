// Draws each chart of the overview from the table beside it, in the colours of the admin.
'use strict';

(() => {
    const LONGEST_LABEL = 26;
    const charts = [];

    const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

    const shortened = (label) =>
        label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;

    function column(card, number) {
        return [...card.querySelectorAll('tbody tr')].map((row) => Number(row.cells[number].dataset.value));
    }

    function labels(card) {
        return [...card.querySelectorAll('tbody th')].map((cell) => cell.dataset.label);
    }

    // The bars of a ranking stand in line with the rows of the table beside them.
    function besideTable(card, canvas) {
        const head = card.querySelector('thead').offsetHeight;
        canvas.parentElement.style.height = `${head + card.querySelector('tbody').offsetHeight}px`;
        return head;
    }

    function axes(card, canvas, names) {
        const amounts = { beginAtZero: true, ticks: { color: color('--body-quiet-color'), precision: 0, maxTicksLimit: 6, maxRotation: 0 }, grid: { color: color('--hairline-color') } };
        const kinds = { ticks: { color: color('--body-fg'), maxRotation: 0, callback: (_value, index) => shortened(names[index]) }, grid: { display: false } };
        if (card.dataset.chart !== 'ranking') {
            return { x: kinds, y: amounts };
        }
        const head = besideTable(card, canvas);
        kinds.ticks.autoSkip = false;
        return { x: { ...amounts, position: 'top', afterFit: (scale) => { scale.height = head; } }, y: kinds };
    }

    function draw(card, canvas) {
        const number = Number(canvas.dataset.column);
        const title = card.querySelectorAll('thead th')[number].textContent;
        const names = labels(card);
        const lying = card.dataset.chart === 'ranking';
        return new Chart(canvas, {
            type: 'bar',
            data: { labels: names, datasets: [{ label: title, data: column(card, number), backgroundColor: color('--link-fg'), maxBarThickness: 24 }] },
            options: {
                indexAxis: lying ? 'y' : 'x',
                animation: false,
                maintainAspectRatio: false,
                locale: document.documentElement.lang,
                scales: axes(card, canvas, names),
                plugins: {
                    legend: { display: false },
                    title: { display: !lying, text: title, align: 'start', color: color('--body-fg') },
                },
            },
        });
    }

    function drawAll() {
        for (const chart of charts.splice(0)) {
            chart.destroy();
        }
        for (const card of document.querySelectorAll('[data-chart]')) {
            for (const canvas of card.querySelectorAll('canvas')) {
                charts.push(draw(card, canvas));
            }
        }
    }

    drawAll();
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
})();
