import type { Figures } from './measure.ts';

/**
 * Prints figures as a Markdown table; each total is also given as a ratio to that of the subject
 * named `base`.
 */
export function printFigures(title: string, figures: readonly Figures[], base: string): void {
  const one = figures.find(({ name }) => name === base);
  printTable(
    title,
    ['what', 'CPU of server, ms', 'of database, ms', 'together, ms', `to ${base}`, 'per second'],
    figures.map(({ name, server, database, total, perSecond }) => [
      name,
      toText(server),
      toText(database),
      toText(total),
      one === undefined ? '' : (total / one.total).toFixed(2),
      toText(perSecond),
    ]),
  );
}

/** Prints a Markdown table. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = [line(head), line(head.map(() => '---')), ...rows.map(line)];
  process.stdout.write(`\n### ${title}\n\n${lines.join('\n')}\n`);
}

/** A figure with as many digits as it is worth. */
export function toText(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
