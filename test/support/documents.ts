import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Reads a file of the repository. */
export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Returns the text of all files of a folder that end in `ending`. */
export function readAll(folder: string, ending = '.ts'): string {
  return listFiles(folder, ending).map(readDocument).join('\n');
}

/** Lists the files of a folder and its sub-folders that end in `ending`. */
export function listFiles(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .map((path) => join(folder, path));
}

/** A fenced block below a comment that marks it: `<!-- sh: backup -->`. */
export interface MarkedBlock {
  kind: string;
  name: string;
  text: string;
}

/** Lists the marked blocks of a document. */
export function listMarkedBlocks(document: string): MarkedBlock[] {
  return [...document.matchAll(/<!-- (\w+)(?:: ([^>]*?))? -->\n```\w*\n([\s\S]*?)```/g)].map(
    ([, kind = '', name = '', text = '']) => ({ kind, name, text }),
  );
}

/** Counts all fenced blocks of a document. */
export function countBlocks(document: string): number {
  return (document.match(/^\s*```/gm)?.length ?? 0) / 2;
}

/** Lists the texts in backquotes outside of fenced blocks. */
export function listCodeSpans(document: string): string[] {
  const prose = document.replace(/^\s*```[\s\S]*?^\s*```/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}

/** Lists the rows of the tables below a heading, as cells without their padding. */
export function listTableRows(document: string, heading: string): string[][] {
  const [, after = ''] = document.split(`\n${heading}\n`);
  const level = heading.split(' ')[0] ?? '##';
  const [section = ''] = after.split(new RegExp(`\\n${level} `));
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what '))
    .map((line) => line.slice(2, -2).split(' | '));
}
