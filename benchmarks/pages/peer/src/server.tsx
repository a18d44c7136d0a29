// node:http and the same React components, without Next. It does what JSS's proxy for headless
// server-side rendering does with an app's bundle: asks for the layout, headers passed both ways,
// renders, and embeds the layout in the page, from which the browser goes on.
import http from 'node:http';
import { renderToString } from 'react-dom/server';
import { Layout, pageTitle } from './lib/layout';

const host = new URL(process.env.LAYOUT_HOST ?? '');
const agent = new http.Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256 });
const passedUp = ['cookie', 'referer', 'user-agent', 'accept-language'] as const;

type Found = { headers: http.IncomingHttpHeaders; body: string };

function fetchLayout(request: http.IncomingMessage, item: string): Promise<Found> {
  const headers: http.OutgoingHttpHeaders = { host: host.host };
  for (const name of passedUp) {
    if (request.headers[name]) headers[name] = request.headers[name];
  }
  headers['x-forwarded-for'] = request.socket.remoteAddress;
  const query = new URLSearchParams({
    item, sc_apikey: '{BENCHMARK}', sc_site: 'bench', sc_lang: 'en', tracking: 'true',
  });
  const path = `/sitecore/api/layout/render/jss?${query}`;
  return new Promise((resolve, reject) => {
    http.get({ host: host.hostname, port: host.port, path, headers, agent }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ headers: answer.headers, body: Buffer.concat(pieces).toString('utf8') });
      });
    }).on('error', reject);
  });
}

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

function page(data: any): Buffer {
  const state = JSON.stringify(data).replace(/</g, '\\u003c');
  return Buffer.from(
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/>' +
      `<meta name="viewport" content="width=device-width"/><title>${escaped(pageTitle(data))}</title>` +
      `</head><body><div id="root">${renderToString(<Layout layoutData={data} />)}</div>` +
      `<script type="application/json" id="__JSS_STATE__">${state}</script></body></html>`,
  );
}

http
  .createServer(async (request, response) => {
    try {
      const path = decodeURIComponent((request.url ?? '/').split('?')[0]);
      const found = await fetchLayout(request, path);
      const data = JSON.parse(found.body);
      if (found.headers['set-cookie']) response.setHeader('Set-Cookie', found.headers['set-cookie']);
      const exists = Boolean(data.sitecore.route);
      const body = exists ? page(data) : Buffer.from('Not found');
      response.writeHead(exists ? 200 : 404, {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Length': body.length,
      });
      response.end(body);
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  })
  .listen(Number(process.env.PORT), '127.0.0.1');
