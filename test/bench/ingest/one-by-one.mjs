import { Lane } from '../../../dist/ingest/lane.js';

// Loaded before the service: without group commit, so that what each request brings has a transaction of its own.
const waiting = new WeakMap();
const queueOf = (lane) => {
  if (!waiting.has(lane)) waiting.set(lane, []);
  return waiting.get(lane);
};
Object.defineProperties(Lane.prototype, {
  isEmpty: {
    get() {
      return queueOf(this).length === 0;
    },
  },
  add: {
    value(share) {
      queueOf(this).push(share);
    },
  },
  takeGroup: {
    value() {
      return queueOf(this).splice(0, 1);
    },
  },
  takeOlderThan: { value: () => [] },
});
