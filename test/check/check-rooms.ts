import { createRequire } from 'node:module';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';

const { options, ...ruleSet } = createRequire(import.meta.url)('../../src/.dependency-cruiser.cjs') as {
  options: ICruiseOptions;
  forbidden: NonNullable<ICruiseOptions['ruleSet']>['forbidden'];
};
const { output } = await cruise(['src', 'schema'], { ...options, ruleSet, validate: true } as ICruiseOptions);
const { summary } = output as ICruiseResult;

for (const { rule, from, to } of summary.violations) process.stdout.write(`${rule.name}: ${from} → ${to}\n`);
process.stdout.write(`rooms: ${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports\n`);
// A tool that sees no modules, or no imports, finds nothing wrong with them either.
if (summary.totalCruised < 50 || (summary.totalDependenciesCruised ?? 0) < 100) {
  throw new Error('The rooms were not looked at: too few modules or imports were seen.');
}
if (summary.violations.length > 0) process.exitCode = 1;
