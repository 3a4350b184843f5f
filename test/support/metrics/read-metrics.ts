/** The series of a service, by name and labels, such as `qeg_subscriptions{transport="ws"}`. */
export type Metrics = Map<string, number>;

/** Parses the text format of Prometheus. Throws for a line that is no comment and no series. */
export function parseMetrics(text: string): Metrics {
  const metrics: Metrics = new Map();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ') || line.startsWith('# TYPE ')) continue;
    const [, series, value] = /^([a-z0-9_]+(?:\{.*\})?) (\S+)$/i.exec(line) ?? [];
    if (series === undefined) throw new Error(`Not a line of metrics: ${line}`);
    metrics.set(series, Number(value));
  }
  return metrics;
}

/** Reads the metrics of a service. */
export async function readMetrics(url: string, token?: string): Promise<Metrics> {
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/metrics`, { ...(headers && { headers }) });
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return parseMetrics(await response.text());
}
