import type { AppFacts, ReloadFacts } from '../apps/app.ts';
import { type AppMark, readApp, readAppId, toReloadedApp } from '../apps/read-app.ts';
import { readAppReload } from '../apps/read-app-reload.ts';
import type { RunFacts } from '../runs/automation-run.ts';
import { type AutomationFacts, readAutomationRun } from '../runs/read-automation-run.ts';
import type { Instant } from '../values/instant.ts';
import type { Place } from '../values/json.ts';
import type { ValueReader } from '../values/value-reader.ts';
import type { EventEnvelope } from './envelope.ts';

/** The facts of one event about runs, automations, apps and reloads. */
export interface EventFacts {
  run?: { runId: string; facts: RunFacts };
  automation?: AutomationFacts;
  app?: { appId: string; facts: AppFacts };
  reload?: ReloadFacts;
}

/** The values of the envelope that facts use. */
export interface FactsEnvelope {
  envelope: EventEnvelope;
  time: Instant;
  userId: string | undefined;
  ownerId: string | undefined;
  spaceId: string | undefined;
  topLevelResourceId: string | undefined;
}

/** Reads the facts from a payload; `data` is empty if no payload is readable. Never throws. */
export type EventReader = (reader: ValueReader, data: Place, envelope: FactsEnvelope) => EventFacts;

/** Reads nothing, for types that are not modelled. */
export const readNothing: EventReader = () => ({});

/** Reads a run event. An event without `data.id` creates no run. */
export const readRunFacts: EventReader = (reader, data, envelope) => {
  const { runId, run, automation } = readAutomationRun(reader, data, envelope);
  return { ...(runId !== undefined && { run: { runId, facts: run } }), ...(automation && { automation }) };
};

/** Returns the reader of app events; `mark` is the fact that takes the event's time. */
export function readAppFacts(mark: AppMark | undefined): EventReader {
  return (reader, data, envelope) => {
    const attributes = reader.object(data, 'attributes');
    const appId = readAppId(reader, data, attributes, envelope.topLevelResourceId);
    const facts = readApp(reader, data, attributes, envelope, mark);
    return appId === undefined ? {} : { app: { appId, facts } };
  };
}

/** Reads a reload event: the facts about the reload and about its app. */
export const readReloadFacts: EventReader = (reader, data, envelope) => {
  const attributes = reader.object(data, 'attributes');
  const appId = readAppId(reader, data, attributes, envelope.topLevelResourceId);
  const { reload, fileBytes, spaceId } = readAppReload(reader, data, envelope);
  const facts = toReloadedApp({ ...envelope, spaceId: spaceId ?? envelope.spaceId }, reload, fileBytes);
  return { reload, ...(appId !== undefined && { app: { appId, facts } }) };
};
