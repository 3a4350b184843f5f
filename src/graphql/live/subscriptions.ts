import type { GraphQLResolveInfo } from 'graphql';
import type { EventType } from '../../domain/events/event-types.ts';
import type { Choice } from '../../feed/log-stream.ts';
import { reloadReader } from '../../store/read/app-reloads.ts';
import { appReader } from '../../store/read/apps.ts';
import { runReader } from '../../store/read/automation-runs.ts';
import { eventMatching, reloadKeyOf } from '../../store/read/events.ts';
import type { FilterInput } from '../../store/read/filters/filter.ts';
import type { LogEntry } from '../../store/read/log.ts';
import type { KeyedFilter } from '../../store/read/match-filters.ts';
import { builder } from '../builder.ts';
import { listSelected } from '../connections/selection.ts';
import { type GraphContext, readActingTenant } from '../context.ts';
import { withBodies } from '../events/event-body.ts';
import { findStart } from '../events/log-cursor.ts';
import { appInputs, eventInputs, reloadInputs, runInputs } from '../filters/inputs.ts';
import { AppChangedRef, AppReloadFinishedRef, AutomationRunEndedRef, EventStoredRef } from './deliveries.ts';
import type { EventDelivery } from './delivery.ts';
import type { SharedStates } from './shared-states.ts';

interface SubscriptionArguments {
  after?: string | null | undefined;
  where?: FilterInput | null | undefined;
}

/** What a subscription delivers events about, and how its rows are read and filtered. */
interface Subject<Row extends object, Delivery extends EventDelivery> {
  states: (context: GraphContext) => SharedStates<Row, Delivery>;
  /** The id of the row that an event is about; undefined if it is about none. */
  toId: (event: LogEntry) => string | undefined;
  /** Compiles a filter. Throws BAD_USER_INPUT for an invalid one. */
  compile: (where: FilterInput | null | undefined) => KeyedFilter | undefined;
  /** The field of a delivery that contains the row; undefined if there is only the event. */
  state: string | undefined;
}

/** Creates a subscribe function. Filters are matched against the row as it is at delivery. */
const follow =
  <Row extends object, Delivery extends EventDelivery>(subject: Subject<Row, Delivery>) =>
  async (
    _root: unknown,
    { after, where }: SubscriptionArguments,
    context: GraphContext,
    info: GraphQLResolveInfo,
  ) => {
    const database = await readActingTenant(context);
    const filter = subject.compile(where);
    const selected = listSelected(info);
    const needsState = subject.state !== undefined && selected.includes(subject.state);
    const choice = toChoice(subject, subject.states(context), filter, needsState);
    const chosen = selected.includes('event.raw') ? withBodies(context, choice) : choice;
    return context.feed.follow(
      database.tenantId,
      await findStart(context, database, context.lastEventId ?? after),
      { ...chosen, field: info.fieldName },
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
    /** Matches a whole page at once. `pick` matches again if the cached answer has expired. */
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

/**
 * A subscription named after a type delivers only events of that type, not all events about
 * the subject.
 */
function isOfType(event: LogEntry, type: EventType): boolean {
  return event.type === type;
}

const followEvents = follow({
  states: ({ live }) => live.events,
  toId: ({ position }) => String(position),
  compile: eventMatching.compileFilter,
  state: undefined,
});

const followRuns = follow({
  states: ({ live }) => live.runs,
  toId: (event) => (isOfType(event, 'AUTOMATION_RUN_ENDED') ? (event.runId ?? undefined) : undefined),
  compile: runReader.compileFilter,
  state: 'run',
});

const followApps = follow({
  states: ({ live }) => live.apps,
  toId: ({ appId }) => appId ?? undefined,
  compile: appReader.compileFilter,
  state: 'app',
});

const followReloads = follow({
  states: ({ live }) => live.reloads,
  toId: (event) => (isOfType(event, 'APP_RELOAD_FINISHED') ? reloadKeyOf(event) : undefined),
  compile: reloadReader.compileFilter,
  state: 'reload',
});

builder.subscriptionFields((t) => {
  const after = t.arg.string({
    description:
      'Starts right after this cursor of the event log. Without it, the stream starts at the head of the log when the server receives the operation.',
  });
  return {
    eventStored: t.field({
      scope: 'events:read',
      type: EventStoredRef,
      nullable: false,
      description: 'Delivers every event that matches.',
      args: {
        after,
        where: t.arg({ type: eventInputs.filter, description: 'Delivers only events that match.' }),
      },
      subscribe: followEvents,
      resolve: (delivery) => delivery,
    }),
    automationRunEnded: t.field({
      scope: 'events:read',
      type: AutomationRunEndedRef,
      nullable: false,
      description:
        'Delivers every run that ended. The run is read at delivery, and the filter is matched against that state.',
      args: {
        after,
        where: t.arg({ type: runInputs.filter, description: 'Delivers only runs that match.' }),
      },
      subscribe: followRuns,
      resolve: (delivery) => delivery,
    }),
    appChanged: t.field({
      scope: 'events:read',
      type: AppChangedRef,
      nullable: false,
      description:
        'Delivers every event about an app, including its reloads. The app is read at delivery, and the filter is matched against that state.',
      args: {
        after,
        where: t.arg({ type: appInputs.filter, description: 'Delivers only events about apps that match.' }),
      },
      subscribe: followApps,
      resolve: (delivery) => delivery,
    }),
    appReloadFinished: t.field({
      scope: 'events:read',
      type: AppReloadFinishedRef,
      nullable: false,
      description:
        'Delivers every event about a finished reload. The reload is read at delivery, and the filter is matched against that state.',
      args: {
        after,
        where: t.arg({ type: reloadInputs.filter, description: 'Delivers only reloads that match.' }),
      },
      subscribe: followReloads,
      resolve: (delivery) => delivery,
    }),
  };
});
