import { Agent } from 'undici';
import { relayEvent, sign } from './test-relay.ts';

/**
 * Qlik Cloud as a sender of webhooks, except that it sends a delivery again until it is answered
 * with 204. Events are named `webhook-0`, `webhook-1` and so on.
 */
export class WebhookSender {
  readonly #agent: Agent;
  readonly #connections: number;
  /** How often each status was the answer; 0 for none. */
  readonly answers = new Map<number, number>();
  /** The ids of the events that were answered with 204. */
  readonly accepted = new Set<string>();
  /** Where the relay listens now. */
  url = '';

  constructor(connections: number) {
    this.#connections = connections;
    this.#agent = new Agent({ connections, pipelining: 1, headersTimeout: 10_000, bodyTimeout: 10_000 });
  }

  /** Sends deliveries until there are so many accepted ones. `pace` is awaited before each. */
  async sendUntil(count: number, pace: () => Promise<void> = async () => undefined): Promise<void> {
    let next = this.accepted.size;
    const work = async () => {
      while (next < count) {
        const id = `webhook-${next++}`;
        while (!(await this.send(id))) await new Promise((resolve) => setTimeout(resolve, 50));
        await pace();
      }
    };
    await Promise.all(Array.from({ length: this.#connections }, work));
  }

  /** Sends one delivery once. Returns whether it was accepted. */
  async send(id: string): Promise<boolean> {
    const body = JSON.stringify(relayEvent(id, { pad: 'x'.repeat(1_600) }));
    let status = 0;
    try {
      const answer = await this.#agent.request({
        origin: this.url,
        path: '/webhooks/qlik',
        method: 'POST',
        headers: { 'content-type': 'application/json', 'qlik-signature': sign(body) },
        body,
      });
      await answer.body.dump();
      status = answer.statusCode;
    } catch {
      // The relay was killed, or is not there yet.
    }
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    if (status === 204) this.accepted.add(id);
    return status === 204;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}
