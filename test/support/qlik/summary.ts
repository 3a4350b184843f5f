/** What `npm run backfill` printed besides its progress, which it prints every ten seconds. */
export function withoutProgress(stderr: string): string {
  return stderr.replaceAll(/^\d{4}-\d{2}-\d{2} \d+ %, .*\n/gm, '');
}

/** The outcomes in the summary of `npm run backfill` that are not 0. */
export function toOutcomes(stdout: string): Record<string, number> {
  const lines = [...stdout.matchAll(/^([A-Z]+) +([\d,]+)$/gm)];
  const counts = lines.map(([, name = '', count = '']) => [name, Number(count.replaceAll(',', ''))] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
