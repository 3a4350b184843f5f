import type { ComponentType } from 'preact';
import { OverviewView } from '../views/overview/overview-view.tsx';
import { RunView } from '../views/run/run-view.tsx';
import { RunsView } from '../views/runs/runs-view.tsx';
import { NotFoundView } from './not-found-view.tsx';
import type { ViewProps } from './view-props.ts';

interface Route {
  /** The path; `:id` stands for one segment. */
  path: string;
  view: ComponentType<ViewProps>;
  /** The name in the navigation. */
  label?: string;
}

/** The views. Those with a label are in the navigation, in this order. */
export const ROUTES: readonly Route[] = [
  { path: '/', view: OverviewView, label: 'Overview' },
  { path: '/runs', view: RunsView, label: 'Runs' },
  { path: '/runs/:id', view: RunView },
];

/** Returns the view of a path, and the id in it. */
export function findView(path: string): { view: ComponentType<ViewProps>; id: string } {
  for (const route of ROUTES) {
    const [before = '', after] = route.path.split(':id');
    if (after === undefined && route.path === path) return { view: route.view, id: '' };
    if (after === undefined || !path.startsWith(before)) continue;
    const id = path.slice(before.length);
    if (id !== '' && !id.includes('/')) return { view: route.view, id: decode(id) };
  }
  return { view: NotFoundView, id: '' };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
