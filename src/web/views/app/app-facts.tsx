import { toName } from '../../format/names.ts';
import { formatBytes, formatCount, formatDuration, NONE } from '../../format/numbers.ts';
import { formatFullInstant } from '../../format/times.ts';
import { Fact } from '../../parts/fact.tsx';
import { Figure } from '../../parts/figure.tsx';
import { linkTo } from '../../routing/place.ts';
import type { App, AppData } from './app-documents.ts';

/** The size of the app, and the numbers of the reloads that the list shows. */
export function AppFigures({ data, app }: { data: AppData; app: App }) {
  const [total] = data.total;
  return (
    <div class="panel figures">
      <Figure name="total" label="Reloads" value={total?.count} text={formatCount(total?.count)} />
      <Figure
        name="failed-count"
        label="Failed"
        value={total?.failedCount}
        text={formatCount(total?.failedCount)}
        tone={total?.failedCount ? 'failure' : undefined}
      />
      <Figure
        name="p95"
        label="Duration p95"
        value={total?.duration.p95}
        text={formatDuration(total?.duration.p95)}
      >
        median {formatDuration(total?.duration.p50)}
      </Figure>
      <Figure
        name="peak-memory"
        label="Largest peak memory"
        value={total?.maxPeakMemoryBytes}
        text={formatBytes(total?.maxPeakMemoryBytes)}
      />
      <Figure
        name="file-bytes"
        label="File"
        value={app.size?.fileBytes}
        text={formatBytes(app.size?.fileBytes)}
      />
      <Figure
        name="memory-bytes"
        label="In memory"
        value={app.size?.memoryBytes}
        text={formatBytes(app.size?.memoryBytes)}
      />
    </div>
  );
}

/** The facts of an app as terms and values. */
export function AppFacts({ app, zone }: { app: App; zone: string }) {
  const time = (instant: string | null) => (instant === null ? NONE : formatFullInstant(instant, zone));
  const yes = (is: boolean | null) => (is === null ? NONE : is ? 'yes' : 'no');
  const { originAppId, ownerId, spaceId } = app;
  return (
    <section class="panel">
      <h2>Facts</h2>
      <dl class="facts">
        <Fact term="App id">
          <code>{app.appId}</code>
        </Fact>
        {app.description && <Fact term="Description">{app.description}</Fact>}
        <Fact term="Owner">
          {ownerId === null ? (
            (app.owner ?? NONE)
          ) : (
            <a href={linkTo('/apps', { owner: ownerId })}>{toName(app.ownerName || app.owner, ownerId)}</a>
          )}
        </Fact>
        <Fact term="Space">
          {spaceId === null ? (
            NONE
          ) : (
            <a href={linkTo('/apps', { space: spaceId })}>{toName(app.spaceName, spaceId)}</a>
          )}
        </Fact>
        <Fact term="Published">
          {yes(app.isPublished)}
          {app.publishTime !== null && `, ${time(app.publishTime)}`}
        </Fact>
        <Fact term="Section access">{yes(app.hasSectionAccess)}</Fact>
        {originAppId !== null && (
          <Fact term="Copied from">
            <a href={linkTo(`/apps/${encodeURIComponent(originAppId)}`)}>
              {app.originApp?.name || originAppId}
            </a>
          </Fact>
        )}
        <Fact term="Created">{time(app.createdDate)}</Fact>
        <Fact term="Modified">{time(app.modifiedDate)}</Fact>
        <Fact term="Data of">{time(app.lastReloadTime)}</Fact>
        <Fact term="Last export">{time(app.lastExportedAt)}</Fact>
        {app.isDeleted && <Fact term="Deleted">{time(app.deletedAt)}</Fact>}
      </dl>
    </section>
  );
}
