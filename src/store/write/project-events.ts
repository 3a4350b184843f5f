import type { AppFacts } from '../../domain/apps/app.ts';
import { mergeApp } from '../../domain/apps/merge-app.ts';
import { mergeAppReload, type ReloadState, toReloadState } from '../../domain/apps/merge-app-reload.ts';
import { type Merged, toMerged } from '../../domain/merge/merge.ts';
import type { RunFacts } from '../../domain/runs/automation-run.ts';
import { type AutomationState, mergeAutomation } from '../../domain/runs/merge-automation.ts';
import { mergeAutomationRun } from '../../domain/runs/merge-automation-run.ts';
import type { Queries } from '../database/database.ts';
import { pipeline } from '../database/pipeline.ts';
import { toReloadKey } from '../tables/app-reload-row.ts';
import type { ReadEvent } from './incoming-event.ts';
import { mergeByKey } from './merge-by-key.ts';
import { projectAppReloads } from './project-app-reloads.ts';
import { projectApps } from './project-apps.ts';
import { projectAutomationRuns } from './project-automation-runs.ts';
import { projectAutomations } from './project-automations.ts';

/** Facts about each subject, by its key. */
export interface FactsByKey {
  runs: ReadonlyMap<string, Merged<RunFacts>>;
  automations: ReadonlyMap<string, Merged<AutomationState>>;
  apps: ReadonlyMap<string, Merged<AppFacts>>;
  reloads: ReadonlyMap<string, Merged<ReloadState>>;
}

/** Merges the facts of events into all projections. */
export async function projectEvents(
  transaction: Queries,
  tenantId: string,
  added: readonly ReadEvent[],
): Promise<void> {
  await projectFacts(transaction, tenantId, toFactsByKey(added));
}

/** Merges facts into all projections, from events or, in a rebuild, from rows. */
export async function projectFacts(transaction: Queries, tenantId: string, facts: FactsByKey): Promise<void> {
  await pipeline(
    projectAutomationRuns(transaction, tenantId, facts.runs).then((changed) =>
      projectAutomations(transaction, tenantId, facts.automations, changed),
    ),
    projectApps(transaction, tenantId, facts.apps),
    projectAppReloads(transaction, tenantId, facts.reloads),
  );
}

function toFactsByKey(added: readonly ReadEvent[]): FactsByKey {
  return {
    runs: mergeByKey(added, toRun, mergeAutomationRun),
    automations: mergeByKey(added, toAutomation, mergeAutomation),
    apps: mergeByKey(added, toApp, mergeApp),
    reloads: mergeByKey(added, toReload, mergeAppReload),
  };
}

function toRun({ event }: ReadEvent): [string, Merged<RunFacts>] | undefined {
  const { run } = event.facts;
  return run && [run.runId, toMerged(run.facts, event)];
}

function toAutomation({ event }: ReadEvent): [string, Merged<AutomationState>] | undefined {
  const { automation } = event.facts;
  if (automation === undefined) return undefined;
  return [automation.automationId, toMerged({ name: automation.name, lastEventAt: event.time }, event)];
}

function toApp({ event }: ReadEvent): [string, Merged<AppFacts>] | undefined {
  const { app } = event.facts;
  return app && [app.appId, toMerged(app.facts, event)];
}

function toReload({ event }: ReadEvent): [string, Merged<ReloadState>] | undefined {
  const { reload, app } = event.facts;
  const reloadKey = toReloadKey(event);
  if (reload === undefined || reloadKey === undefined) return undefined;
  return [reloadKey, toMerged(toReloadState(reload, app?.appId, event.time), event)];
}
