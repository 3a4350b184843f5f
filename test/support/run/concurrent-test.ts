/**
 * Tests that mostly wait, for timers or for other processes, run beside each other:
 * `concurrentTest` in place of `test`. Such tests may share a service, but nothing that one of them
 * changes. `perTest` gives each its own.
 *
 * vitest's own `onTestFinished` does not know which of several running tests has called it, so
 * support files call `onTestEnd`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { onTestFinished, type TestContext, type TestOptions, test } from 'vitest';

type Run = () => Promise<void>;

const running = new AsyncLocalStorage<TestContext>();

/**
 * Declares a test that runs beside its neighbours of this kind; with the option
 * `concurrent: false` it runs alone.
 */
export function concurrentTest(title: string, ...rest: [Run] | [TestOptions, Run]): void {
  const [options, run] = rest.length === 1 ? [{}, rest[0]] : rest;
  test(title, { concurrent: true, ...options }, (context) => running.run(context, run));
}

/** Calls a function after the test that is running now. It works in concurrent tests, too. */
export function onTestEnd(work: () => unknown): void {
  const context = running.getStore();
  if (context === undefined) onTestFinished(async () => void (await work()));
  else context.onTestFinished(async () => void (await work()));
}

/** Returns a function that returns to each concurrent test a value of its own. */
export function perTest<T>(create: () => T): () => T {
  const values = new WeakMap<TestContext, T>();
  return () => {
    const context = running.getStore();
    if (context === undefined) throw new Error('Called outside of a concurrent test.');
    const value = values.get(context) ?? create();
    values.set(context, value);
    return value;
  };
}
