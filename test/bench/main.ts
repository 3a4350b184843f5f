import { benchBackfill } from './ingest/bench-backfill.ts';
import { benchDisk } from './ingest/bench-disk.ts';
import { benchIngest } from './ingest/bench-ingest.ts';
import { benchLive } from './live/bench-live.ts';
import { benchScrape } from './metrics/bench-scrape.ts';
import { benchCompression } from './reading/bench-compression.ts';
import { benchDashboard } from './reading/bench-dashboard.ts';
import { benchGrowth } from './reading/bench-growth.ts';
import { benchList } from './reading/bench-list.ts';
import { benchPages } from './reading/bench-pages.ts';
import { benchStats } from './reading/bench-stats.ts';
import { benchRelay } from './relay/bench-relay.ts';
import { type BenchPostgres, startPostgres } from './start-postgres.ts';

/** The benchmarks by name; `npm run bench` runs all of them, `npm run bench -- list` that one. */
const BENCHMARKS: Record<string, (postgres: BenchPostgres) => Promise<void>> = {
  list: benchList,
  growth: benchGrowth,
  pages: benchPages,
  stats: benchStats,
  ingest: benchIngest,
  backfill: benchBackfill,
  disk: benchDisk,
  live: benchLive,
  relay: benchRelay,
  scrape: benchScrape,
  compression: benchCompression,
  dashboard: benchDashboard,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}.\n`,
  );
  process.exitCode = 1;
} else {
  // Tenants of a million runs take long to make: BENCH_DATA names a directory that keeps them for
  // the next time.
  const postgres = await startPostgres(process.env.BENCH_DATA);
  try {
    for (const [name, bench] of Object.entries(BENCHMARKS)) {
      if (wanted.length === 0 || wanted.includes(name)) await bench(postgres);
    }
  } finally {
    await postgres.stop();
  }
}
