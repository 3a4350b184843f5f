// The dashboard: a page of views over the published API. Read in this order:
//
//   main.tsx        starts the page
//   app/routes.tsx  the views by their paths; a new view is one line here
//   app/            what surrounds every view: navigation, sign-in, switches, `ViewFrame`
//   routing/        the address bar holds all state of a view: filter, order, range, zone, tenant
//   data/           one GraphQL client; `useQuery`, `useLiveFeed`; errors, session
//   parts/          what views are made of: charts, tables, badges, states
//   format/         numbers, bytes, durations, times and names as texts
//   views/<name>/   a view: `<name>-view.tsx`, its documents in `<name>-documents.ts`, its parts
//   styles/         one style sheet per concern, imported by main.tsx; colours are variables
//
// A view reads its place with `usePlace`, `useBounds` and `useZone`, its data with `useQuery`, and
// returns a `ViewFrame`, which sets the hooks for tests (`data-view`, `data-state`, `data-where`).
// Documents are typed by `graphql.ts`; the build collects the files named `*-documents.ts`.

import { render } from 'preact';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/charts.css';
import './styles/rows.css';
import { App } from './app/app.tsx';
import { applyTheme } from './app/theme.ts';
import { startRouting } from './routing/place.ts';

applyTheme();
startRouting();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
