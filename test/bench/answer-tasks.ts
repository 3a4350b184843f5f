/**
 * In a program that `WorkerProcess` has started: says that it is ready, and answers tasks one by
 * one, with what comes of them or how they failed.
 */
export function answerTasks<Task>(work: (task: Task) => Promise<unknown>): void {
  process.on('message', (task: Task) => {
    work(task).then(
      (result) => process.send?.({ result }),
      (failure: unknown) => process.send?.({ failure: String(failure) }),
    );
  });
  process.send?.({ result: 'ready' });
}
