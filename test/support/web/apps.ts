import { appEvent } from '../events/events.ts';
import { HOSTILE, TENANT } from './runs.ts';

const HOUR = 3_600_000;
const COUNT = 5;

/** The app of a reload. */
const toAppNumber = (reload: number) => ((reload % COUNT) + COUNT) % COUNT;

/** The last app has a hostile name. */
const toAppName = (number: number) => (number === COUNT - 1 ? HOSTILE : `App ${number}`);

/** Makes the event that creates an app. */
function toApp(number: number): Record<string, unknown> {
  const time = new Date(Date.now() - 40 * 24 * HOUR).toISOString();
  const id = `app-${number}`;
  return appEvent(
    TENANT,
    'app.created',
    { attributes: { id, name: toAppName(number), createdDate: time, ownerId: `owner-${number % 2}` } },
    { eventId: `created-${number}`, eventTime: time },
  );
}

/** Makes a reload of an app: the higher the number, the longer ago. Every third one failed. */
export function toReload(number: number, data: Record<string, unknown> = {}): Record<string, unknown> {
  const time = new Date(Date.now() - 20_000 - number * HOUR).toISOString();
  const hasFailed = number % 3 === 0;
  return appEvent(
    TENANT,
    'app.reload.finished',
    {
      ...{
        reloadId: `reload-${number}`,
        endTime: time,
        duration: 10 + number,
        name: toAppName(toAppNumber(number)),
      },
      ...{ status: hasFailed ? 'error' : 'ok', errors: hasFailed ? [`Table ${number} not found`] : [] },
      ...{ warnings: [], peakMemoryBytes: 1_000_000 * (number + 1), size: { memory: 3_000 } },
      ...data,
    },
    {
      ...{ eventId: `event-of-reload-${number}`, eventTime: time },
      extensions: { topLevelResourceId: `app-${toAppNumber(number)}` },
    },
  );
}

/** Makes five apps and the reloads with the numbers from 0. */
export const toAppsWithReloads = (reloads: number) => [
  ...Array.from({ length: COUNT }, (_, number) => toApp(number)),
  ...Array.from({ length: reloads }, (_, number) => toReload(number)),
];
