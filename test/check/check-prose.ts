import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isDoubleCast,
  listCasts,
  listCommentLines,
  listProseLines,
  listStrings,
  type Place,
} from './read-sources.ts';

/**
 * One measure of style: comments, documents, folders or types. Each value is compared with a limit.
 * A higher value fails. A lower one fails too, until the limit below is lowered to it: limits only
 * go down, to the goal and no further. `--list` prints each place that counts.
 */
interface Measure {
  name: string;
  value: number;
  limit: number;
  /** The limit need not go below this. */
  goal: number;
  /** How far below its limit the value may be. */
  slack?: number;
  places: readonly Place[];
}

const WIDEST = 100;
const MOST_FILES = 16;
/** The one file that may cast what a library does not type. */
const ADAPTER = 'src/store/database/drizzle-internals.ts';

/** Words that say less than the actor, the technique or the ordinary verb would. */
const WORDS =
  /\b(?:whoever|somebody|nobody|anew|hangers-on|tells? of|told of|tells? whether|tells more|go(?:es)? on|stands for itself|under way|lets go|takes away|hears?|a look at)\b/gi;

const root = fileURLToPath(new URL('../../', import.meta.url));
const SKIPPED = /(?:^|\/)(?:node_modules|dist|data|coverage|generated|__generated__|\.[^/]*)\//;
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replace(/^\//, ''))
  .filter((path) => !SKIPPED.test(path));
/** Without the types that are generated from the schema. */
const sourcesIn = (rooms: string[], ending = /(?<!\.d)\.tsx?$/) =>
  files
    .filter((path) => ending.test(path) && rooms.some((room) => path.startsWith(`${room}/`)))
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }));
const documents = files
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }));

const src = sourcesIn(['src']);
const clients = sourcesIn(['schema']);
const code = [...src, ...clients];
const comments = code.flatMap(listCommentLines);
const otherComments = [...sourcesIn(['test']), ...sourcesIn(['src', 'test'], /\.m?js$/)].flatMap(
  listCommentLines,
);
const prose = [...comments, ...otherComments, ...documents.flatMap(listProseLines)];
const wide = prose.filter(({ text }) => text.length > WIDEST && !/:\/\/|\]\(|biome-ignore/.test(text));
const widths = comments.map(({ text }) => text.length).toSorted((a, b) => a - b);
const casts = code.filter(({ path }) => path !== ADAPTER).flatMap(listCasts);
const read = [
  ...comments,
  ...otherComments,
  ...code.flatMap(listStrings),
  ...documents
    .filter(({ path }) => /^(?:README|ARCHITECTURE|CONTRIBUTING|CHANGELOG)\.md$/.test(path))
    .flatMap(listProseLines),
];
const words = read.flatMap((place) => (place.text.match(WORDS) ?? []).map(() => place));

const readme = documents.find(({ path }) => path === 'README.md');
const MEASURES: Measure[] = [
  { name: `lines of prose over ${WIDEST} columns`, value: wide.length, limit: 0, goal: 0, places: wide },
  {
    name: '90th percentile of the width of comment lines in src and schema',
    value: widths[Math.floor(widths.length * 0.9)] ?? 0,
    limit: 95,
    goal: 95,
    places: [],
  },
  { name: `folders of over ${MOST_FILES} files`, limit: 0, goal: 0, ...listFullFolders() },
  {
    name: '`as never` in src and schema',
    limit: 0,
    goal: 0,
    ...toCount(casts.filter((cast) => !isDoubleCast(cast))),
  },
  {
    name: `\`as unknown as\` in src and schema outside ${ADAPTER}`,
    limit: 0,
    goal: 0,
    ...toCount(casts.filter(isDoubleCast)),
  },
  {
    name: 'lines of src',
    value: src.reduce((sum, { text }) => sum + text.split('\n').length - 1, 0),
    limit: 36_645,
    goal: 0,
    slack: 100,
    places: [],
  },
  { name: 'words to avoid', limit: 0, goal: 0, ...toCount(words) },
  {
    name: 'lines of README before its API reference',
    value: readme?.text.split('\n').indexOf('## API reference') ?? 0,
    limit: 200,
    goal: 200,
    places: [],
  },
];

for (const { name, value, limit, goal, slack = 0, places } of MEASURES) {
  const lowest = Math.max(goal, value);
  const verdict =
    value > limit ? ': too many' : lowest < limit - slack ? `: lower the limit to ${lowest}` : '';
  process.stdout.write(`prose: ${name}: ${value} (limit ${limit})${verdict}\n`);
  if (verdict !== '') process.exitCode = 1;
  if (value <= limit && !process.argv.includes('--list')) continue;
  for (const { path, line, text } of places) process.stdout.write(`  ${path}:${line}: ${text.trim()}\n`);
}
// A script that sees no files finds nothing wrong with them either.
if (src.length < 50 || comments.length < 100 || documents.length < 3) {
  throw new Error(
    `Not measured: ${src.length} source files, ${comments.length} comment lines and ${documents.length} documents.`,
  );
}

function toCount(places: readonly Place[]): Pick<Measure, 'value' | 'places'> {
  return { value: places.length, places };
}

function listFullFolders(): Pick<Measure, 'value' | 'places'> {
  const counts = new Map<string, number>();
  for (const path of files.filter((name) => /^(?:src|schema|test)\//.test(name))) {
    counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  }
  const full = [...counts].filter(([, count]) => count > MOST_FILES);
  return toCount(full.map(([path, count]) => ({ path, line: 0, text: `${count} files` })));
}
