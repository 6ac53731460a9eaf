import { expect, it } from 'vitest';
import { Loopback } from '../support/loopback.ts';
import { bytesOf, createRig, loadMetric, type Rig, identity as site } from '../support/writer-rig.ts';

const bodyOf = (id: string): string =>
  Buffer.from(bytesOf('json', loadMetric({ attributes: { ...site, 'probe.id': id } }))).toString();
const body = bodyOf('p1');
const type = 'Host: x\r\nContent-Type: application/json\r\n';
const close = 'Connection: close\r\n';
const lengthOf = (text: string) => `Content-Length: ${Buffer.byteLength(text)}\r\n`;
const chunk = `${Buffer.byteLength(body).toString(16)};a=b\r\n${body}\r\n0\r\n`;

async function exchange(text: string): Promise<{ answer: string; rig: Rig }> {
  const rig = createRig();
  const http = await Loopback.start(rig.app);
  try {
    return { answer: await http.raw(text), rig };
  } finally {
    await http.stop();
  }
}

it.each<[what: string, text: string]>([
  [
    'that waits for leave',
    `POST /v1/metrics HTTP/1.1\r\n${type}${close}Expect: 100-continue\r\n${lengthOf(body)}\r\n${body}`,
  ],
  [
    'in chunks with extensions and trailers',
    `POST /v1/metrics HTTP/1.1\r\n${type}${close}Transfer-Encoding: chunked\r\n\r\n${chunk}X-Sum: 1\r\n\r\n`,
  ],
  [
    'as through a proxy',
    `POST http://writer:4318/v1/metrics HTTP/1.1\r\n${type}${close}${lengthOf(body)}\r\n${body}`,
  ],
  ['with a query', `POST /v1/metrics?key=%zz HTTP/1.1\r\n${type}${close}${lengthOf(body)}\r\n${body}`],
  [
    'of HTTP/1.0',
    `POST /v1/metrics HTTP/1.0\r\nContent-Type: application/json\r\n${lengthOf(body)}\r\n${body}`,
  ],
  [
    'that would rather speak HTTP/2',
    `POST /v1/metrics HTTP/1.1\r\n${type}Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n${lengthOf(body)}\r\n${body}`,
  ],
])('a request %s is taken as any other', async (_what, text) => {
  const { answer, rig } = await exchange(text);
  expect(answer).toMatch(/^(HTTP\/1.1 100 Continue\r\n\r\n)?HTTP\/1.1 200 OK\r\n/);
  expect(rig.store.rows.map(({ identity }) => identity['probe.id'])).toEqual(['p1']);
});

it('requests one behind the other on a connection are answered each for itself and in their order', async () => {
  const post = (text: string, more = '') =>
    `POST /v1/metrics HTTP/1.1\r\n${type}${more}${lengthOf(text)}\r\n${text}`;
  const get = `GET /v1/metrics HTTP/1.1\r\n${type}\r\n`;
  const all = [post(bodyOf('p1')), post('{'), get, post(bodyOf('p2'), close)];
  const { answer, rig } = await exchange(all.join(''));
  const statuses = [...answer.matchAll(/HTTP\/1.1 (\d+) /g)].map(([, status]) => status);
  expect(statuses).toEqual(['200', '400', '405', '200']);
  expect(rig.store.rows.map(({ identity }) => identity['probe.id'])).toEqual(['p1', 'p2']);
});

it.each<[what: string, headers: string]>([
  ['a length and chunks', `${lengthOf(body)}Transfer-Encoding: chunked\r\n`],
  ['two lengths', `${lengthOf(body)}Content-Length: 2\r\n`],
])('a request of %s, of which nobody knows where it ends, is refused', async (_what, headers) => {
  const { answer, rig } = await exchange(`POST /v1/metrics HTTP/1.1\r\n${type}${headers}\r\n${chunk}\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  expect(rig.store.rows).toEqual([]);
});
