import { parseOptions } from 'qlik-event-graph-ingest/console/parse-options';
import { UsageError } from 'qlik-event-graph-ingest/console/usage-error';

export const DEMO_USAGE = `npm run demo

Starts the service with three tenants and 60 days of generated history, and sends new events until it is stopped.
The data is in a temporary folder, which is deleted at the end. PORT is the port; the default is 4000.
`;

export interface DemoOptions {
  port: string | undefined;
  /** The part of the usual history; tests take a small one. */
  share: number;
}

/** Parses the command line; undefined if it asks for help. Throws a UsageError. */
export function parseDemoOptions(args: string[], { PORT }: NodeJS.ProcessEnv): DemoOptions | undefined {
  const { values } = parseOptions({
    args,
    options: { share: { type: 'string', default: '1' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) return undefined;
  const share = Number(values.share);
  if (!(share > 0 && share <= 1)) throw new UsageError(['--share: pass a number above 0 and up to 1.']);
  return { port: PORT, share };
}
