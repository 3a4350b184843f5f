import { connect } from 'node:net';
import { expect } from 'vitest';
import { startRecordingService } from '../support/relay/recording-service.ts';
import { relayEvent, sign, startTestRelay } from '../support/relay/test-relay.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Opens a connection, and collects what arrives on it. */
function open(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const state = { received: '', isClosed: false };
  socket.on('data', (bytes) => {
    state.received += bytes;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    state.isClosed = true;
  });
  return { socket, state };
}

concurrentTest(
  'a stop answers a delivery that is arriving with 204 and sends it, and refuses one that begins afterwards',
  async () => {
    const service = await startRecordingService();
    const relay = await startTestRelay({ API_URL: service.url });
    const toRequest = (id: string) => {
      const body = JSON.stringify(relayEvent(id));
      const head = `POST /webhooks/qlik HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nQlik-Signature: ${sign(body)}\r\n\r\n`;
      return { head, body };
    };
    const [arriving, late] = [toRequest('arriving'), toRequest('late')];
    const [first, second] = [open(relay.url), open(relay.url)];
    first.socket.write(arriving.head + arriving.body.slice(0, 50));
    // This request has not begun for the relay: its head is not complete.
    second.socket.write(late.head.slice(0, 30));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const closing = relay.close();
    await new Promise((resolve) => setTimeout(resolve, 200));
    first.socket.write(arriving.body.slice(50));
    second.socket.write(late.head.slice(30) + late.body);
    await waitUntil(() => first.state.isClosed && second.state.isClosed);
    await closing;
    expect(first.state.received).toMatch(/^HTTP\/1\.1 204 [\s\S]*connection: close/i);
    expect(second.state.received).toMatch(/^(HTTP\/1\.1 503 [\s\S]*retry-after: |$)/i);
    expect(service.events.map(({ id }) => id)).toEqual(['arriving']);
  },
);

concurrentTest('a stop does not wait longer than five seconds for a delivery that never ends', async () => {
  const relay = await startTestRelay();
  const { socket, state } = open(relay.url);
  socket.write(
    `POST /webhooks/qlik HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\nQlik-Signature: ${sign('[]')}\r\n\r\n[`,
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  const begunAt = performance.now();
  await relay.close();
  expect(performance.now() - begunAt).toBeLessThan(6_500);
  await waitUntil(() => state.isClosed);
});
