/**
 * Lets a command continue when its output cannot be written, because a pipe is closed or a
 * disk is full. Without a listener for the error, Node would end the process.
 */
export function dropLostOutput(): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
}
