// Draws each chart of the overview from the table beside it, in the colours of the admin.
'use strict';

(() => {
    const LONGEST_LABEL = 170;
    const BESIDE_LABEL = 16;
    const charts = [];
    const pen = document.createElement('canvas').getContext('2d');

    const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

    // Labels have half of a chart at most, and Chart.js cuts off the beginning of a longer one.
    function shortened(label, chart) {
        pen.font = `${Chart.defaults.font.size}px ${Chart.defaults.font.family}`;
        const room = Math.min(chart.clientWidth / 2 - BESIDE_LABEL, LONGEST_LABEL);
        const fits = (text) => pen.measureText(text).width <= room;
        if (fits(label)) {
            return label;
        }
        let length = label.length - 1;
        while (length > 1 && !fits(`${label.slice(0, length)}…`)) {
            length -= 1;
        }
        return `${label.slice(0, length)}…`;
    }

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
        const kinds = { ticks: { color: color('--body-fg'), maxRotation: 0, callback: (_value, index) => shortened(names[index], canvas.parentElement) }, grid: { display: false } };
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
