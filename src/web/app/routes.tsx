import type { ComponentType } from 'preact';
import { AppView } from '../views/app/app-view.tsx';
import { AppsView } from '../views/apps/apps-view.tsx';
import { AutomationView } from '../views/automation/automation-view.tsx';
import { AutomationsView } from '../views/automations/automations-view.tsx';
import { CoverageView } from '../views/coverage/coverage-view.tsx';
import { OverviewView } from '../views/overview/overview-view.tsx';
import { QuarantineView } from '../views/quarantine/quarantine-view.tsx';
import { RunView } from '../views/run/run-view.tsx';
import { RunsView } from '../views/runs/runs-view.tsx';
import { UsageView } from '../views/usage/usage-view.tsx';
import { NotFoundView } from './not-found-view.tsx';
import type { ViewProps } from './view-props.ts';

interface Route {
  /** The path; `:id` stands for one segment. */
  path: string;
  view: ComponentType<ViewProps>;
  /** The name of `data-view`. */
  name: string;
  /** The name in the navigation. */
  label?: string;
}

/** The views. Those with a label are in the navigation, in this order. */
export const ROUTES: readonly Route[] = [
  { path: '/', name: 'overview', view: OverviewView, label: 'Overview' },
  { path: '/runs', name: 'runs', view: RunsView, label: 'Runs' },
  { path: '/runs/:id', name: 'run', view: RunView },
  { path: '/automations', name: 'automations', view: AutomationsView, label: 'Automations' },
  { path: '/automations/:id', name: 'automation', view: AutomationView },
  { path: '/apps', name: 'apps', view: AppsView, label: 'Apps' },
  { path: '/apps/:id', name: 'app', view: AppView },
  { path: '/usage', name: 'usage', view: UsageView, label: 'Usage' },
  { path: '/quarantine', name: 'quarantine', view: QuarantineView, label: 'Quarantine' },
  { path: '/coverage', name: 'coverage', view: CoverageView, label: 'Coverage' },
];

/** A view, and the id in its path. */
interface FoundView extends Pick<Route, 'view' | 'name'> {
  id: string;
}

/** Returns the view of a path. */
export function findView(path: string): FoundView {
  for (const { path: pattern, view, name } of ROUTES) {
    const [before = '', after] = pattern.split(':id');
    if (after === undefined && pattern === path) return { view, name, id: '' };
    if (after === undefined || !path.startsWith(before)) continue;
    const id = path.slice(before.length);
    if (id !== '' && !id.includes('/')) return { view, name, id: decode(id) };
  }
  return { view: NotFoundView, name: 'not-found', id: '' };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
