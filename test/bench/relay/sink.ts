import { createServer } from 'node:http';

/** A service that answers every event with a receipt at once. */
const RECEIPT = JSON.stringify({ outcome: 'STORED', eventId: null, errors: [] });

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { events } = JSON.parse(Buffer.concat(chunks).toString()).variables;
  const receipts = Array(events.length).fill(RECEIPT).join();
  response.end(`{"data":{"ingestEvents":{"receipts":[${receipts}]}}}`);
});
server.listen(Number(process.env.SINK_PORT), '127.0.0.1', () => process.send?.({ result: 'ready' }));
process.once('disconnect', () => process.exit());
