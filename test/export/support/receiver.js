import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
/** A real HTTP server on the loopback that keeps what it is sent. */
export async function startReceiver() {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const raw = Buffer.concat(chunks);
    const { method, url: path, headers } = request;
    requests.push({
      method,
      path,
      headers,
      body: headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw,
    });
    receiver.answer(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const receiver = {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (response) => response.end(),
  };
  return receiver;
}
