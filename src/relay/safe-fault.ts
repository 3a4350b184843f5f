/**
 * What the log may contain of an unexpected error: its kind and where it happened. Its message may
 * quote a payload, as those of JSON.parse do.
 */
export function toSafeFault(failure: unknown): { kind: string; code?: string; at: string[] } {
  if (!(failure instanceof Error)) return { kind: typeof failure, at: [] };
  const { name: kind, code, stack = '' } = failure as NodeJS.ErrnoException;
  const at = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return { kind, ...(code !== undefined && { code }), at: at.map((line) => line.trim()) };
}
