import { toName } from '../../format/names.ts';
import { formatBytes, formatCount, formatShare } from '../../format/numbers.ts';
import { Figure } from '../../parts/figure.tsx';
import { Loading } from '../../parts/states.tsx';
import { TimeChart } from '../../parts/time-chart.tsx';
import { linkTo, showRange } from '../../routing/place.ts';
import type { Bounds } from '../../routing/range.ts';
import type { Measure } from './measures.ts';
import { TopTable } from './top-table.tsx';
import type { ConnectorUsageData, UsageData } from './usage-documents.ts';

interface UsageOfRangeProps {
  data: UsageData;
  /** Undefined until it is read. */
  connectors: ConnectorUsageData | undefined;
  measure: Measure;
  bounds: Bounds;
  zone: string;
}

/** What the runs of the range cost in all, over time, by automation and by connector. */
export function UsageOfRange({ data, connectors, measure, bounds, zone }: UsageOfRangeProps) {
  const [total] = data.total;
  const ofBlocks = connectors?.ofBlocks[0];
  const bar = bounds.interval.toLowerCase();
  const buckets = data.byTime.toReversed();
  const { label, format, ofRuns, ofConnector, name } = measure;
  return (
    <>
      <div class="panel figures">
        <Figure
          name="api-calls"
          label="API calls"
          value={total?.totalApiCalls}
          text={formatCount(total?.totalApiCalls)}
        />
        <Figure name="rx-bytes" label="Received" value={total?.rxBytes} text={formatBytes(total?.rxBytes)} />
        <Figure name="tx-bytes" label="Sent" value={total?.txBytes} text={formatBytes(total?.txBytes)} />
        <Figure
          name="billable-count"
          label="Billable runs"
          value={total?.billableCount}
          text={formatCount(total?.billableCount)}
          href={linkTo('/runs', { billable: 'true', ...toRangeParams(bounds) })}
        >
          {formatShare(total?.billableCount ?? 0, total?.count ?? 0)} of runs
        </Figure>
        <Figure
          name="run-count"
          label="Runs"
          value={total?.count}
          text={formatCount(total?.count)}
          href={linkTo('/runs', toRangeParams(bounds))}
        />
      </div>
      <section class="panel">
        <h2>
          {label} per {bar}
        </h2>
        <TimeChart
          label={`${label} per ${bar}`}
          starts={buckets.map(({ bucketStart }) => bucketStart ?? '')}
          series={[{ label, colour: '--accent', values: buckets.map(ofRuns), format }]}
          zone={zone}
          range={bounds}
          onBrush={showRange}
        />
      </section>
      <div class="two-columns">
        <TopTable
          title={`${label} by automation`}
          rowName="usage-automation-row"
          measure={measure}
          total={total && ofRuns(total)}
          rows={data.byAutomation.map((stats) => ({
            id: stats.automationId,
            name: toName(stats.automation?.name, stats.automationId),
            value: ofRuns(stats),
            href: stats.automationId
              ? linkTo(`/automations/${encodeURIComponent(stats.automationId)}`)
              : undefined,
          }))}
        />
        {connectors ? (
          <TopTable
            title={`${label} by connector`}
            rowName="usage-connector-row"
            measure={measure}
            total={ofBlocks && ofConnector(ofBlocks)}
            rows={connectors.byConnector.map((stats) => ({
              id: stats.connectorId,
              name:
                stats.connectorId === null ? 'no connector' : toName(stats.connectorName, stats.connectorId),
              value: ofConnector(stats),
              href: stats.connectorId
                ? linkTo('/runs', { connector: stats.connectorId, ...toRangeParams(bounds) })
                : undefined,
            }))}
          >
            <p class="muted note">
              {name === 'billable'
                ? 'A run counts for each connector that it uses.'
                : 'As the blocks of the runs report it.'}
            </p>
          </TopTable>
        ) : (
          <Loading />
        )}
      </div>
    </>
  );
}

/** The range of this view for a list, whose own default is everything. */
function toRangeParams({ range }: Bounds): Record<string, string> {
  return range === 'custom' ? {} : { range };
}
