/**
 * Returns what the log may contain of an unexpected error: its class, its code and where it
 * happened. Its message may quote a payload, as those of JSON.parse do, and a payload may look
 * like a line of a stack. So the stack is read from behind the message only.
 */
export function toSafeFault(failure: unknown): { kind: string; code?: string; at: string[] } {
  if (!(failure instanceof Error)) return { kind: typeof failure, at: [] };
  const { message, code, stack = '' } = failure as NodeJS.ErrnoException;
  const start = stack.indexOf(message);
  const frames = start === -1 ? [] : stack.slice(start + message.length).split('\n');
  return {
    kind: failure.constructor.name,
    ...(code !== undefined && /^[A-Z][A-Z0-9_]*$/.test(code) && { code }),
    at: frames.map((line) => line.trim()).filter((line) => line.startsWith('at ')),
  };
}
