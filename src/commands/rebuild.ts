import { parseArgs } from 'node:util';
import { parseConfig } from '../config.ts';
import { Misconfiguration } from '../domain/misconfiguration.ts';
import { isTransient } from '../store/failure.ts';
import type { Difference, TableComparison } from '../store/rebuild/compare-table.ts';
import {
  abandonRebuild,
  type RebuildReport,
  rebuildProjections,
} from '../store/rebuild/rebuild-projections.ts';
import { showProgress } from './console/progress.ts';

/** Exit status of a rebuild that is done, and has found something to look at. */
const DISAGREED = 2;

const say = (line: string) => void process.stdout.write(`${line}\n`);

try {
  const { abandon } = parseArguments();
  const config = parseConfig(process.env);
  if (abandon) {
    const found = await abandonRebuild(config);
    say(found ? 'The interrupted rebuild is taken away.' : 'There is no interrupted rebuild.');
  } else {
    await rebuild(config);
  }
} catch (failure) {
  process.exitCode = 1;
  if (failure instanceof Misconfiguration) {
    for (const problem of failure.problems)
      process.stderr.write(`qlik-event-graph cannot rebuild: ${problem}\n`);
  } else if (isTransient(failure)) {
    process.stderr.write('qlik-event-graph cannot rebuild: the database went away; run it again to go on\n');
  } else {
    throw failure;
  }
}

function parseArguments(): { abandon: boolean } {
  try {
    const { values } = parseArgs({ options: { abandon: { type: 'boolean', default: false } } });
    return values;
  } catch (failure) {
    const [message] = String(failure instanceof Error ? failure.message : failure).split('\n');
    throw new Misconfiguration([`${message} (there is only --abandon)`], failure);
  }
}

async function rebuild(config: ReturnType<typeof parseConfig>): Promise<void> {
  const progress = showProgress(process.stdout);
  const listener = {
    ...progress,
    compared: (table: TableComparison) => {
      for (const line of toLines(table)) progress.say(line);
    },
  };
  const startedAt = performance.now();
  try {
    const report = await rebuildProjections(config, listener);
    progress.end();
    tell(report, (performance.now() - startedAt) / 1_000);
  } catch (failure) {
    progress.end();
    throw failure;
  }
}

function tell(report: RebuildReport, seconds: number): void {
  const { tables, events, agreed, outdated, reread, refused } = report;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  if (reread > 0)
    say(`events: ${reread} read otherwise than they stood in the log's columns; they are written anew`);
  if (refused > 0) say(`events: ${refused} that this version refuses; they tell nothing`);
  const what = `${events} events, ${rows} rows, ${seconds.toFixed(1)} s`;
  if (agreed) say(`The log and the projections agree (${what}).`);
  else if (outdated) say(`The projections were of an older version; they are made anew (${what}).`);
  else say(`The projections did not agree with the log; they are made anew and do now (${what}).`);
  if ((!agreed && !outdated) || (reread > 0 && !outdated) || refused > 0) process.exitCode = DISAGREED;
}

function toLines({ table, missing, surplus, different, examples }: TableComparison): string[] {
  if (missing + surplus + different === 0) return [];
  return [
    `${table}: ${missing} missing, ${surplus} surplus, ${different} different`,
    ...examples.map(({ kind, key, columns }) => `  ${kind}: ${toKey(key)}${toColumns(columns)}`),
  ];
}

function toKey(key: Difference['key']): string {
  return Object.entries(key)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(', ');
}

function toColumns(columns: readonly string[]): string {
  return columns.length === 0 ? '' : `: ${columns.join(', ')}`;
}
