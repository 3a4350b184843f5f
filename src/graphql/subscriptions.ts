import type { GraphQLResolveInfo } from 'graphql';
import type { Choice } from '../feed/log-stream.ts';
import { compileReloadFilter, findMatchingReload } from '../store/read/app-reloads.ts';
import { compileAppFilter, findMatchingApp } from '../store/read/apps.ts';
import { compileRunFilter, findMatchingRun } from '../store/read/automation-runs.ts';
import { compileEventFilter, findMatchingPositions } from '../store/read/events.ts';
import type { FilterInput } from '../store/read/filter.ts';
import type { LogEntry } from '../store/read/log.ts';
import { builder } from './builder.ts';
import { type GraphContext, requireReader } from './context.ts';
import {
  AppChangedRef,
  type AppDelivery,
  AppReloadFinishedRef,
  AutomationRunEndedRef,
  type EventDelivery,
  EventStoredRef,
  type ReloadDelivery,
  type RunDelivery,
} from './deliveries.ts';
import { withBodies } from './event-body.ts';
import { AppFilterRef, AppReloadFilterRef, AutomationRunFilterRef, EventFilterRef } from './filters.ts';
import { findStart } from './log-cursor.ts';
import { listSelected } from './selection.ts';

interface SubscriptionArguments {
  after?: string | null | undefined;
  where?: FilterInput | null | undefined;
}

/** Makes a choice for a tenant; throws BAD_USER_INPUT for a filter that is none. */
type ToChoice<Item> = (
  context: GraphContext,
  tenantId: string,
  where: FilterInput | null | undefined,
) => Choice<Item>;

const follow =
  <Item extends EventDelivery>(toChoice: ToChoice<Item>) =>
  async (
    _root: unknown,
    { after, where }: SubscriptionArguments,
    context: GraphContext,
    info: GraphQLResolveInfo,
  ) => {
    const tenantId = await requireReader(context);
    const choice = toChoice(context, tenantId, where);
    const chosen = listSelected(info).includes('event.raw') ? withBodies(context, choice) : choice;
    return context.feed.follow(tenantId, await findStart(context, tenantId, after), chosen);
  };

/** Events do not change, so a page of them is asked for at once. */
const followEvents = follow<EventDelivery>(({ database }, tenantId, where) => {
  const filter = compileEventFilter(where);
  const narrow = async (page: LogEntry[]) => {
    const range = { first: page[0]?.position ?? 0, last: page.at(-1)?.position ?? 0 };
    const matching = await findMatchingPositions(database, tenantId, range, filter);
    return page.filter(({ position }) => matching.has(position));
  };
  return { pick: (event) => ({ event }), ...(filter !== undefined && { narrow }) };
});

/** Judged on the state of the moment, and that state is what is delivered. */
const followRuns = follow<RunDelivery>(({ database }, tenantId, where) => {
  const filter = compileRunFilter(where);
  return {
    async pick(event) {
      const { runId } = event;
      if (runId === null) return undefined;
      if (filter === undefined) return { event, runId };
      const run = await findMatchingRun(database, tenantId, runId, filter);
      return run && { event, runId, run };
    },
  };
});

const followApps = follow<AppDelivery>(({ database }, tenantId, where) => {
  const filter = compileAppFilter(where);
  return {
    async pick(event) {
      const { appId } = event;
      if (appId === null) return undefined;
      if (filter === undefined) return { event, appId };
      const app = await findMatchingApp(database, tenantId, appId, filter);
      return app && { event, appId, app };
    },
  };
});

const followReloads = follow<ReloadDelivery>(({ database }, tenantId, where) => {
  const filter = compileReloadFilter(where);
  return {
    async pick(event) {
      if (event.type !== 'APP_RELOAD_FINISHED') return undefined;
      if (filter === undefined) return { event };
      const reload = await findMatchingReload(database, tenantId, event.eventKey, filter);
      return reload && { event, reload };
    },
  };
});

builder.subscriptionFields((t) => {
  const after = t.arg.string({
    description:
      'Start right behind this cursor of the event log; without it, at the head as it is when the server takes the operation.',
  });
  return {
    eventStored: t.field({
      type: EventStoredRef,
      nullable: false,
      description: 'Every event of the log that matches.',
      args: { after, where: t.arg({ type: EventFilterRef, description: 'Only events that match.' }) },
      subscribe: followEvents,
      resolve: (delivery) => delivery,
    }),
    automationRunEnded: t.field({
      type: AutomationRunEndedRef,
      nullable: false,
      description:
        'Every run that has ended, with its state at delivery; the filter is judged on that state.',
      args: { after, where: t.arg({ type: AutomationRunFilterRef, description: 'Only runs that match.' }) },
      subscribe: followRuns,
      resolve: (delivery) => delivery,
    }),
    appChanged: t.field({
      type: AppChangedRef,
      nullable: false,
      description:
        'Every event about an app, reloads included; the filter is judged on the state at delivery.',
      args: { after, where: t.arg({ type: AppFilterRef, description: 'Only apps that match.' }) },
      subscribe: followApps,
      resolve: (delivery) => delivery,
    }),
    appReloadFinished: t.field({
      type: AppReloadFinishedRef,
      nullable: false,
      description: 'Every reload that has finished.',
      args: { after, where: t.arg({ type: AppReloadFilterRef, description: 'Only reloads that match.' }) },
      subscribe: followReloads,
      resolve: (delivery) => delivery,
    }),
  };
});
