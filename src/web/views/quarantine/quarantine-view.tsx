import { useEffect, useRef, useState } from 'preact/hooks';
import { toListState, ViewFrame } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { useLiveEvents } from '../../data/use-live-events.ts';
import { useQuery } from '../../data/use-query.ts';
import { useRows } from '../../data/use-rows.ts';
import { useThrottled } from '../../data/use-throttled.ts';
import { formatCount } from '../../format/numbers.ts';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { useListRange } from '../../routing/use-bounds.ts';
import { useZone } from '../../routing/zone.ts';
import { type ActionResult, discardItems, retryItems } from './quarantine-actions.ts';
import { QuarantineDocument, type QuarantinedItem } from './quarantine-documents.ts';
import { QuarantineItem } from './quarantine-item.tsx';
import { QuarantineTools } from './quarantine-tools.tsx';

const PAGE = 50;
/** The time between two reads. Items in quarantine have no subscription. */
const REFRESH_MS = 5_000;

/** What arrived and is no event; a caller with events:admin tries it again or discards it. */
export function QuarantineView(_props: ViewProps) {
  const zone = useZone();
  const receivedAt = useListRange();
  const where = receivedAt === undefined ? {} : { receivedAt };
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [result, setResult] = useState<ActionResult | undefined>();
  const [isBusy, setBusy] = useState(false);
  const list = useRows({
    document: QuarantineDocument,
    toVariables: (after) => ({ where, first: PAGE, after }),
    toPage: ({ eventLog, quarantinedEvents: { nodes, pageInfo } }) => ({
      ...pageInfo,
      rows: nodes,
      headCursor: eventLog.headCursor,
    }),
    toKey: ({ id }: QuarantinedItem) => id,
  });
  const total = useQuery(QuarantineDocument, { where, first: 1 });
  const count = total.data?.quarantinedEvents.totalCount;
  const reload = () => {
    list.reload();
    total.reload();
  };
  // The list may have been read when the view was shown before.
  useEffect(() => list.reload(), []);
  const refresh = useThrottled(() => {
    total.reload();
    if (list.rows.length <= PAGE) list.reload();
  }, REFRESH_MS);
  useLiveEvents(refresh);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && refresh(), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const act = async (action: () => Promise<ActionResult>) => {
    setBusy(true);
    setResult(await action());
    setBusy(false);
    setSelected(new Set());
    reload();
  };
  const chosen = list.rows.filter(({ id }) => selected.has(id)).map(({ id }) => id);
  const { rows, isLoading } = list;
  const error = list.error ?? total.error;
  const state = error && !list.error ? 'error' : toListState(list);
  return (
    <ViewFrame
      name="quarantine"
      state={state}
      title="Quarantine"
      where={where}
      beside={
        count !== undefined && (
          <p class="totals">
            <b data-testid="total" data-value={count}>
              {formatCount(count)}
            </b>{' '}
            {count === 1 ? 'item' : 'items'}
          </p>
        )
      }
    >
      {error && <Failure error={error} onRetry={reload} />}
      {error?.code === 'FORBIDDEN' && (
        <p class="muted">
          The quarantine needs a token with the scope <code>events:admin</code>.
        </p>
      )}
      {isLoading && rows.length === 0 && !error && <Loading />}
      <div role="status" data-testid="action-result">
        {result && 'text' in result && <p class="panel">{result.text}</p>}
      </div>
      {result && 'error' in result && <Failure error={result.error} />}
      {state === 'empty' && (
        <Empty title={receivedAt ? 'No item arrived in this range' : 'The quarantine is empty'}>
          <p>
            {receivedAt
              ? 'Choose a longer range.'
              : 'Everything that arrived for this tenant is stored as an event.'}
          </p>
        </Empty>
      )}
      {rows.length > 0 && !error && (
        <>
          <QuarantineTools
            selectedCount={chosen.length}
            areAllSelected={chosen.length === rows.length}
            isBusy={isBusy}
            hasRange={receivedAt !== undefined}
            onSelectAll={(isSelected) => setSelected(new Set(isSelected ? rows.map(({ id }) => id) : []))}
            onRetry={() => act(() => retryItems(chosen.length > 0 ? chosen : undefined))}
            onDiscard={() => act(() => discardItems(chosen))}
          />
          <ul class="quarantine">
            {rows.map((item) => (
              <QuarantineItem
                key={item.id}
                item={item}
                zone={zone}
                isSelected={selected.has(item.id)}
                onSelect={(isSelected) => {
                  const next = new Set(selected);
                  if (isSelected) next.add(item.id);
                  else next.delete(item.id);
                  setSelected(next);
                }}
              />
            ))}
          </ul>
          {list.hasNextPage && <MoreRows key={rows.length} onShown={list.loadMore} />}
        </>
      )}
    </ViewFrame>
  );
}

/** Loads the next page when the reader comes near the end of the list. */
function MoreRows({ onShown }: { onShown(): void }) {
  const host = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onShown(), {
      rootMargin: '600px',
    });
    if (host.current) observer.observe(host.current);
    return () => observer.disconnect();
  }, []);
  return (
    <p ref={host} class="muted list-end">
      Loading further items…
    </p>
  );
}
