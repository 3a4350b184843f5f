import { TenantQueue } from '../../../src/ingest/tenant-queue.ts';

// Loaded before the service. Disables group commit: each request gets a transaction of its own.
const waiting = new WeakMap();
const queueOf = (queue) => {
  if (!waiting.has(queue)) waiting.set(queue, []);
  return waiting.get(queue);
};
Object.defineProperties(TenantQueue.prototype, {
  isEmpty: {
    get() {
      return queueOf(this).length === 0;
    },
  },
  add: {
    value(batch) {
      queueOf(this).push(batch);
    },
  },
  takeGroup: {
    value() {
      return queueOf(this).splice(0, 1);
    },
  },
  takeOlderThan: { value: () => [] },
});
