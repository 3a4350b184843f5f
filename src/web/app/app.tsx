import { liveStore } from '../data/live-state.ts';
import { signInStore } from '../data/session.ts';
import { useStore } from '../data/store.ts';
import { requestRowFocus } from '../parts/rows/row-focus.ts';
import { linkTo, usePlace } from '../routing/place.ts';
import { tenantStore } from '../routing/tenant.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Header } from './header.tsx';
import { findView } from './routes.tsx';
import { SignInView } from './sign-in-view.tsx';
import { TenantGate } from './tenant-gate.tsx';
import { ShownPath } from './view-props.ts';

/** The page: navigation, and the view of the address. */
export function App() {
  const { path } = usePlace();
  const tenant = useStore(tenantStore);
  const live = useStore(liveStore);
  const needsSignIn = useStore(signInStore);
  const { view: View, name, id } = findView(path);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <a class="skip" href={linkTo('/runs', { outcome: 'FAILURE' })} onClick={requestRowFocus}>
        Go to the failed runs
      </a>
      <Header path={path} />
      <main id="main" tabIndex={-1}>
        {live === 'offline' && (
          <p class="banner" role="status" data-testid="offline">
            Offline. What you see may be out of date; the page continues by itself when the server answers.
          </p>
        )}
        <ShownPath.Provider value={path}>
          <ErrorBoundary key={`${path} ${tenant}`}>
            {needsSignIn ? (
              <SignInView />
            ) : (
              <TenantGate viewName={name}>
                <View id={id} key={`${path} ${tenant}`} />
              </TenantGate>
            )}
          </ErrorBoundary>
        </ShownPath.Provider>
      </main>
    </>
  );
}
