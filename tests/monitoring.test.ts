import { globSync, readFileSync } from 'node:fs';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { expect, it } from 'vitest';

/** Returns the names of all metrics, including the series of histograms. */
function listMetrics(): Set<string> {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	const names = registry.getMetricsAsArray().map(({ name }) => name);
	for (const file of globSync('src/lib/server/**/*.ts')) {
		names.push(...(readFileSync(file, 'utf8').match(/(?<=')frontdesk_[a-z_]+(?=')/g) ?? []));
	}
	const parts = names.flatMap((name) => ['_bucket', '_sum', '_count'].map((part) => name + part));
	return new Set([...names, ...parts]);
}

const FILES = ['docs/monitoring/prometheus-rules.yml', 'docs/monitoring/grafana-dashboard.json'];

it.each(FILES)('every metric in %s exists', (file) => {
	const mentioned =
		readFileSync(file, 'utf8').match(/\b(frontdesk|nodejs|process)_[a-z0-9_]+\b/g) ?? [];
	expect(mentioned.length).toBeGreaterThan(10);
	const known = listMetrics();
	expect([...new Set(mentioned)].filter((name) => !known.has(name))).toEqual([]);
});

it('docs/operations.md explains every alert', () => {
	const rules = readFileSync('docs/monitoring/prometheus-rules.yml', 'utf8');
	const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name);
	const explained = readFileSync('docs/operations.md', 'utf8');
	expect(alerts.filter((name) => !explained.includes(`\`${name}\``))).toEqual([]);
});
