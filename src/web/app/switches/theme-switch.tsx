import { useStore } from '../../data/store.ts';
import { type Theme, themeStore } from '../theme.ts';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** The switch between light and dark colours; without a choice, the system decides. */
export function ThemeSwitch() {
  const theme = useStore(themeStore);
  return (
    <label class="theme-switch">
      <span class="hidden">Colours</span>
      <select
        data-testid="theme"
        value={theme}
        onChange={({ currentTarget: { value } }) =>
          themeStore.set(THEMES.find((name) => name === value) ?? 'system')
        }
      >
        <option value="system">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
