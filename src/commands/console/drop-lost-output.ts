/**
 * Lets the work go on when what it says cannot be written, as where nobody reads a pipe any more or a disk is full: without a listener
 * the error would end the process in the middle of it.
 */
export function dropLostOutput(): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
}
