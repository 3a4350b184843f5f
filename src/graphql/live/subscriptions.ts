import type { GraphQLResolveInfo } from 'graphql';
import type { EventType } from '../../domain/events/event-types.ts';
import type { Choice } from '../../feed/log-stream.ts';
import { compileReloadFilter } from '../../store/read/app-reloads.ts';
import { compileAppFilter } from '../../store/read/apps.ts';
import { compileRunFilter } from '../../store/read/automation-runs.ts';
import { compileEventFilter, reloadKeyOf } from '../../store/read/events.ts';
import type { FilterInput } from '../../store/read/filters/filter.ts';
import type { LogEntry } from '../../store/read/log.ts';
import type { KeyedFilter } from '../../store/read/match-filters.ts';
import { builder } from '../builder.ts';
import { listSelected } from '../connections/selection.ts';
import { type GraphContext, requireReader } from '../context.ts';
import { withBodies } from '../events/event-body.ts';
import { findStart } from '../events/log-cursor.ts';
import {
  AppFilterRef,
  AppReloadFilterRef,
  AutomationRunFilterRef,
  EventFilterRef,
} from '../filters/filters.ts';
import { AppChangedRef, AppReloadFinishedRef, AutomationRunEndedRef, EventStoredRef } from './deliveries.ts';
import type { EventDelivery } from './delivery.ts';
import type { SharedStates } from './shared-states.ts';

interface SubscriptionArguments {
  after?: string | null | undefined;
  where?: FilterInput | null | undefined;
}

/** What a subscription chooses, and what it says of that. */
interface Subject<Row extends object, Delivery extends EventDelivery> {
  states: (context: GraphContext) => SharedStates<Row, Delivery>;
  /** The row that an event is about; undefined where it is not about any. */
  toId: (event: LogEntry) => string | undefined;
  /** Throws BAD_USER_INPUT for a filter that is none. */
  compile: (where: FilterInput | null | undefined) => KeyedFilter | undefined;
  /** The field of a delivery that shows the row; undefined where the event itself is all there is. */
  state: string | undefined;
}

/** Subscribes to events about something, with their states at delivery, which is what filters are judged on. */
const follow =
  <Row extends object, Delivery extends EventDelivery>(subject: Subject<Row, Delivery>) =>
  async (
    _root: unknown,
    { after, where }: SubscriptionArguments,
    context: GraphContext,
    info: GraphQLResolveInfo,
  ) => {
    const tenantId = await requireReader(context);
    const filter = subject.compile(where);
    const selected = listSelected(info);
    const needsState = subject.state !== undefined && selected.includes(subject.state);
    const choice = toChoice(subject, subject.states(context), filter, needsState);
    const chosen = selected.includes('event.raw') ? withBodies(context, choice) : choice;
    return context.feed.follow(
      tenantId,
      await findStart(context, tenantId, context.lastEventId ?? after),
      chosen,
    );
  };

function toChoice<Row extends object, Delivery extends EventDelivery>(
  { toId }: Subject<Row, Delivery>,
  states: SharedStates<Row, Delivery>,
  filter: KeyedFilter | undefined,
  needsState: boolean,
): Choice<Delivery> {
  const isPlain = filter === undefined && !needsState;
  return {
    /** Asks for a whole page at once; who is slow to pull has each event judged again when its turn comes. */
    async narrow(page) {
      const own = page.filter((entry) => toId(entry) !== undefined);
      if (!isPlain) await Promise.all(own.map((entry) => states.find(entry, toId(entry) ?? '', filter)));
      return own;
    },
    pick(entry) {
      const id = toId(entry);
      if (id === undefined) return undefined;
      return isPlain ? states.withoutState(entry) : states.find(entry, id, filter);
    },
  };
}

/** A subscription named after a type delivers that type alone, whatever other events are about runs. */
function isOfType(event: LogEntry, type: EventType): boolean {
  return event.type === type;
}

const followEvents = follow({
  states: ({ live }) => live.events,
  toId: ({ position }) => String(position),
  compile: compileEventFilter,
  state: undefined,
});

const followRuns = follow({
  states: ({ live }) => live.runs,
  toId: (event) => (isOfType(event, 'AUTOMATION_RUN_ENDED') ? (event.runId ?? undefined) : undefined),
  compile: compileRunFilter,
  state: 'run',
});

const followApps = follow({
  states: ({ live }) => live.apps,
  toId: ({ appId }) => appId ?? undefined,
  compile: compileAppFilter,
  state: 'app',
});

const followReloads = follow({
  states: ({ live }) => live.reloads,
  toId: (event) => (isOfType(event, 'APP_RELOAD_FINISHED') ? reloadKeyOf(event) : undefined),
  compile: compileReloadFilter,
  state: 'reload',
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
      description: 'Every event about a reload that has finished, with the reload as all events tell it.',
      args: { after, where: t.arg({ type: AppReloadFilterRef, description: 'Only reloads that match.' }) },
      subscribe: followReloads,
      resolve: (delivery) => delivery,
    }),
  };
});
