import { useEffect } from 'preact/hooks';
import { createStore, useStore } from '../../data/store.ts';
import { setParams } from '../../routing/place.ts';
import { listZones, useZone } from '../../routing/zone.ts';

/** The zones to choose from. The browser needs long to list them, so they follow the first data. */
const zonesStore = createStore<readonly string[]>([]);
const DELAY_MS = 1_500;

function fill(): void {
  if (zonesStore.get().length === 0) zonesStore.set(listZones());
}

/** The switch of the time zone, in the address as `zone`. */
export function ZoneSwitch() {
  const zone = useZone();
  const zones = useStore(zonesStore);
  useEffect(() => {
    if (zones.length > 0) return undefined;
    const timer = setTimeout(fill, DELAY_MS);
    return () => clearTimeout(timer);
  }, [zones]);
  const all = zones.includes(zone) ? zones : [zone, ...zones];
  return (
    <label class="zone-switch">
      <span class="hidden">Time zone</span>
      <select
        data-testid="zone"
        value={zone}
        onFocus={fill}
        onPointerDown={fill}
        onChange={({ currentTarget: { value } }) => setParams({ zone: value === 'UTC' ? null : value })}
      >
        {all.map((name) => (
          <option key={name} value={name}>
            {name.replaceAll('_', ' ')}
          </option>
        ))}
      </select>
    </label>
  );
}
