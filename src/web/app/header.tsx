import { signInStore, signOut, tokenStore } from '../data/session.ts';
import { useStore } from '../data/store.ts';
import { linkTo, usePlace } from '../routing/place.ts';
import { LiveIndicator } from './live-indicator.tsx';
import { ROUTES } from './routes.tsx';
import { TenantSwitch } from './switches/tenant-switch.tsx';
import { ThemeSwitch } from './switches/theme-switch.tsx';

/** The bar beside every view, or above it on a narrow screen. */
export function Header({ path }: { path: string }) {
  usePlace();
  const hasToken = useStore(tokenStore) !== undefined;
  const needsSignIn = useStore(signInStore);
  return (
    <header class="side">
      <a class="brand" href={linkTo('/')}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M9 22 16 10l7 8" />
          <circle cx="9" cy="22" r="3.5" />
          <circle cx="16" cy="10" r="3.5" />
          <circle cx="23" cy="18" r="3.5" />
        </svg>
        Qlik event graph
      </a>
      <TenantSwitch />
      <nav aria-label="Views">
        {ROUTES.filter(({ label }) => label !== undefined).map(({ path: target, label }) => (
          <a key={target} href={linkTo(target)} aria-current={isWithin(path, target) ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <div class="side-foot">
        {!needsSignIn && <LiveIndicator />}
        <ThemeSwitch />
        <a href="/graphql" class="muted">
          GraphiQL
        </a>
        {hasToken && !needsSignIn && (
          <button type="button" class="plain" data-testid="sign-out" onClick={signOut}>
            Sign out
          </button>
        )}
      </div>
    </header>
  );
}

const isWithin = (path: string, target: string) =>
  target === '/' ? path === '/' : path === target || path.startsWith(`${target}/`);
