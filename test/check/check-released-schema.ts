import { readdirSync, readFileSync } from 'node:fs';
import { compareSchemas } from './compare-schemas.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const files = readdirSync(new URL('schema/released', root));

if (files.length !== 1 || files[0] !== `${version}.graphql`) {
  throw new Error(`schema/released must contain ${version}.graphql alone: see CONTRIBUTING.md, "Release".`);
}
const { announced, dangerous, problems } = await compareSchemas(
  read(`schema/released/${version}.graphql`),
  read('schema/schema.graphql'),
  read('CHANGELOG.md'),
);
for (const change of dangerous) process.stdout.write(`released schema: dangerous: ${change}\n`);
for (const change of announced) process.stdout.write(`released schema: announced: ${change}\n`);
for (const problem of problems) process.stdout.write(`released schema: ${problem}\n`);
process.stdout.write(
  `released schema: ${problems.length} problem(s) since ${version}, ` +
    `${announced.length} announced and ${dangerous.length} dangerous change(s)\n`,
);
if (problems.length > 0) process.exitCode = 1;
