import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** What the bare program is to send: the same bytes to every socket, so many times. */
export interface Broadcast {
  message: string;
  events: number;
  perSecond: number;
}

const server = createServer();
const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' });
sockets.on('connection', (socket) => {
  socket.on('message', (message) => {
    if (String(message).includes('connection_init')) socket.send('{"type":"connection_ack"}');
  });
  socket.on('error', () => undefined);
});

function broadcast({ message, events, perSecond }: Broadcast): void {
  let sent = 0;
  const timer = setInterval(() => {
    for (const socket of sockets.clients) socket.send(message);
    sent += 1;
    if (sent === events) clearInterval(timer);
  }, 1_000 / perSecond);
}

process.on('message', (task: Broadcast) => {
  broadcast(task);
  process.send?.({ result: true });
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  process.send?.({ result: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` });
});
