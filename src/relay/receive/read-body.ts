import type { IncomingMessage } from 'node:http';
import { RefusedDelivery } from './answer.ts';

/** The largest delivery. */
const MAX_DELIVERY_BYTES = 16_777_216;
/** The memory of all deliveries that are not answered yet. */
const BUDGET_BYTES = 67_108_864;
/** Bodies up to this size are not counted, so large ones never keep small ones out. */
const ALWAYS_BYTES = 65_536;

/** Reads bodies within one memory budget. */
export class BodyReader {
  #held = 0;

  /**
   * Reads a body and passes it to `work`; its memory counts until `work` is done. Rejects with a
   * RefusedDelivery as soon as a limit is exceeded. The rest of that body is discarded.
   */
  async read<Result>(request: IncomingMessage, work: (body: Buffer) => Promise<Result>): Promise<Result> {
    let own = 0;
    const hold = (bytes: number) => {
      if (bytes > MAX_DELIVERY_BYTES) {
        throw new RefusedDelivery(413, `A delivery has at most ${MAX_DELIVERY_BYTES} bytes.`);
      }
      if (bytes <= ALWAYS_BYTES) return;
      if (this.#held + bytes - own > BUDGET_BYTES) {
        throw new RefusedDelivery(503, 'Too many deliveries arrive at once.');
      }
      this.#held += bytes - own;
      own = bytes;
    };
    try {
      hold(Number(request.headers['content-length'] ?? 0));
      return await work(await collect(request, (bytes) => hold(Math.max(own, bytes))));
    } finally {
      this.#held -= own;
    }
  }
}

function collect(request: IncomingMessage, check: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      try {
        check(bytes);
        chunks.push(chunk);
      } catch (refusal) {
        request.off('data', onData);
        request.resume();
        reject(refusal);
      }
    };
    request.on('data', onData);
    request.once('end', () => resolve(Buffer.concat(chunks)));
    const onClose = () => reject(new RefusedDelivery(400, 'The body is incomplete.'));
    request.once('error', onClose);
    request.once('close', onClose);
  });
}
