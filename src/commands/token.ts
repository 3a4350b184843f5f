import { runCommand } from 'qlik-event-graph-ingest/console/run-command';
import { signToken } from './token/sign-token.ts';
import { parseTokenOptions, TOKEN_USAGE } from './token/token-options.ts';

await runCommand('sign a token', TOKEN_USAGE, parseTokenOptions, async (options) => {
  process.stdout.write(`${await signToken(options)}\n`);
  return 0;
});
