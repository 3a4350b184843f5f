import { useState } from 'preact/hooks';
import { signIn, tokenStore } from '../data/session.ts';
import { useStore } from '../data/store.ts';
import { ViewFrame } from './view-frame.tsx';

/** The form for a bearer token, shown when the API demands one. */
export function SignInView() {
  const refused = useStore(tokenStore) !== undefined;
  const [token, setToken] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const text = token.trim().replace(/^Bearer\s+/i, '');
    if (text !== '') signIn(text);
  };
  return (
    <ViewFrame name="sign-in" state={refused ? 'error' : 'ready'} title="Sign in" switches={[]}>
      <form class="sign-in panel" onSubmit={submit}>
        <p>This service needs a bearer token. The token stays in this tab and ends with it.</p>
        {refused && (
          <p class="problem" role="alert" data-code="UNAUTHENTICATED">
            The API did not accept the token. It is wrong or has expired.
          </p>
        )}
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        <button type="submit" class="primary">
          Sign in
        </button>
        <p class="muted">
          <code>npm run token</code> makes a token where the service signs its own.
        </p>
      </form>
    </ViewFrame>
  );
}
