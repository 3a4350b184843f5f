import type { ResultOf, VariablesOf } from 'gql.tada';
import { useNow } from '../../app/use-now.ts';
import type { QueryState } from '../../data/use-query.ts';
import { toName } from '../../format/names.ts';
import { formatCount, formatDuration } from '../../format/numbers.ts';
import { formatAgo } from '../../format/times.ts';
import { OutcomeBadge } from '../../parts/outcome.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Ticks } from '../../parts/ticks.tsx';
import { linkTo, setParams, usePlace } from '../../routing/place.ts';
import type { TilesDocument } from './overview-documents.ts';

type TilesData = ResultOf<typeof TilesDocument>;
type Tile = TilesData['failing']['nodes'][number];

/** The most tiles of a kind; the list of automations shows all. */
const MOST_TILES = 18;

/** Returns the variables of the tiles: the automations whose name contains a text. */
export function toTileVariables(
  find: string | null,
  runs: VariablesOf<typeof TilesDocument>['runs'],
): VariablesOf<typeof TilesDocument> {
  const name = find?.trim() ?? '';
  const isNamed = { or: [{ name: { contains: name } }, { lastRun: { title: { contains: name } } }] };
  const named = name === '' ? {} : isNamed;
  const hasFailed = { lastRun: { outcome: { eq: 'FAILURE' } } } as const;
  return {
    first: MOST_TILES,
    failing: { ...hasFailed, ...named },
    others: { not: hasFailed, ...named },
    runs,
  };
}

/** The automations, those that fail first, then the newest run first; each with its last runs. */
export function Tiles({ data, error, isLoading }: QueryState<TilesData>) {
  const find = usePlace().params.get('find') ?? '';
  const now = useNow();
  const nodes = [...(data?.failing.nodes ?? []), ...(data?.others.nodes ?? [])];
  const failing = data?.failing.totalCount ?? 0;
  const total = failing + (data?.others.totalCount ?? 0);
  return (
    <section class="tiles-part" aria-busy={isLoading}>
      <div class="part-head">
        <h2>Automations</h2>
        {failing > 0 && (
          <span class="failure" data-testid="failing-count" data-value={failing}>
            {formatCount(failing)} failing
          </span>
        )}
        <input
          type="search"
          aria-label="Find an automation by its name"
          placeholder="Find an automation"
          data-testid="find-automation"
          value={find}
          onInput={({ currentTarget }) => setParams({ find: currentTarget.value }, true)}
        />
        <a href={linkTo('/automations')} class="more">
          All {data === undefined ? '' : formatCount(total)}
        </a>
      </div>
      {error !== undefined && <Failure error={error} />}
      {data === undefined && error === undefined && <Loading rows={4} />}
      {data !== undefined && nodes.length === 0 && (
        <Empty title={find === '' ? 'No automation has run yet' : 'No automation has this name'} />
      )}
      <ul class="tiles">
        {nodes.map((automation) => (
          <AutomationTile key={automation.automationId} automation={automation} now={now} />
        ))}
      </ul>
    </section>
  );
}

function AutomationTile({ automation, now }: { automation: Tile; now: number }) {
  const { automationId, name, lastRunAt, runs, runStats } = automation;
  const [lastRun] = runs.nodes;
  const [stats] = runStats;
  return (
    <li
      class={`tile panel ${lastRun?.outcome.toLowerCase() ?? ''}`}
      data-testid="automation-tile"
      data-automation-id={automationId}
    >
      <h3>
        <a href={linkTo(`/automations/${encodeURIComponent(automationId)}`)} title={automationId}>
          {toName(name || lastRun?.title, automationId)}
        </a>
      </h3>
      <p class="tile-last">
        {lastRun && (
          <a href={linkTo(`/runs/${encodeURIComponent(lastRun.runId)}`)} data-testid="last-run">
            <OutcomeBadge outcome={lastRun.outcome} text={lastRun.statusName} />
          </a>
        )}
        <span class="muted">{formatAgo(lastRunAt, now)}</span>
      </p>
      <Ticks runs={runs.nodes} />
      <p class="tile-numbers muted">
        <span data-value={stats?.count}>{formatCount(stats?.count)} runs</span>
        <span data-value={stats?.failureCount} class={stats?.failureCount ? 'failure' : ''}>
          {formatCount(stats?.failureCount)} failed
        </span>
        <span data-value={stats?.duration.p95 ?? ''}>p95 {formatDuration(stats?.duration.p95)}</span>
      </p>
    </li>
  );
}
