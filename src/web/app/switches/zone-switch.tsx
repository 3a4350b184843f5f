import { setParams } from '../../routing/place.ts';
import { listZones, useZone } from '../../routing/zone.ts';

const zones = listZones();

/** The switch of the time zone, in the address as `zone`. */
export function ZoneSwitch() {
  const zone = useZone();
  const all = zones.includes(zone) ? zones : [zone, ...zones];
  return (
    <label class="zone-switch">
      <span class="hidden">Time zone</span>
      <select
        data-testid="zone"
        value={zone}
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
