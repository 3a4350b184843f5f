import { createHmac } from 'node:crypto';
import { Agent } from 'undici';
import { answerTasks } from '../answer-tasks.ts';

/** What the senders' process is to do. */
export interface Sending {
  url: string;
  secret: string;
  connections: number;
  /** Ends after so long, or after so many deliveries. */
  ms: number;
  deliveries: number;
}

/** What it has seen. Times are in milliseconds. */
export interface Sent {
  accepted: number;
  refused: number;
  ms: number;
  p50: number;
  p99: number;
}

let number = 0;

/** A signed delivery of 2 KB. */
function toDelivery(secret: string): { body: string; signature: string } {
  number += 1;
  const body = JSON.stringify({
    specversion: '1.0',
    id: `webhook-${process.pid}-${number}`,
    source: 'com.qlik/automations',
    type: 'com.qlik.v1.automation.run.ended',
    time: '2026-01-01T00:00:00Z',
    tenantid: 'one',
    toplevelresourceid: 'automation',
    data: { id: `run-${number}`, status: 'finished', title: 'x'.repeat(1_760) },
  });
  return { body, signature: createHmac('sha256', secret).update(body).digest('hex') };
}

async function send({ url, secret, connections, ms, deliveries }: Sending): Promise<Sent> {
  const agent = new Agent({ connections, pipelining: 1 });
  const times: number[] = [];
  const startedAt = performance.now();
  let begun = 0;
  let refused = 0;
  const sender = async () => {
    while (performance.now() - startedAt < ms && begun < deliveries) {
      begun += 1;
      const { body, signature } = toDelivery(secret);
      const headers = { 'content-type': 'application/json', 'qlik-signature': signature };
      const sentAt = performance.now();
      const answer = await agent.request({
        origin: url,
        path: '/webhooks/qlik',
        method: 'POST',
        headers,
        body,
      });
      await answer.body.dump();
      if (answer.statusCode === 204) times.push(performance.now() - sentAt);
      else refused += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, sender));
  await agent.close();
  times.sort((a, b) => a - b);
  const percentile = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return {
    accepted: times.length,
    refused,
    ms: performance.now() - startedAt,
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}

answerTasks(send);
