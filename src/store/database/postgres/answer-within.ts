import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** Returns the value of `answer`; undefined if it rejects or does not settle within `ms`. */
export async function answerWithin<T>(answer: PromiseLike<T>, ms: number): Promise<T | undefined> {
  const settled = new AbortController();
  const tooLate = async () => {
    await sleep(ms, undefined, { signal: settled.signal });
    // A busy process runs this timer late, when the answer may already be in the socket
    // buffer. Two turns of the event loop read it.
    await nextTurn();
    await nextTurn();
    return undefined;
  };
  try {
    return await Promise.race([answer, tooLate()]);
  } catch {
    return undefined;
  } finally {
    settled.abort();
  }
}
