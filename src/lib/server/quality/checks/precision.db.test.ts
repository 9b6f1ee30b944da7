import { expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createFlag } from '../../../../../tests/factories/flag.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStatementCount } from '../../../../../tests/support/statements.ts';
import { CHECK_RULES } from '#lib/contract/check.ts';
import { listChecks } from './index.ts';

const statements = useStatementCount();
const t = useTestApp();
const DAY_MS = 24 * 3_600_000;

it('every rule is listed with its precision, in all and by site, in one statement', async () => {
	const { key: site } = await createSite(t.app, {
		name: 'Zebra Roofs',
		check_switches: { asked_known: false },
	});
	const { id } = await createChat(t.ctx(), { site });
	const other = await createChat(t.ctx());
	const old = { created_at: new Date(Date.now() - 40 * DAY_MS) };
	await createFlag(t.app, id, { rule: 'asked_known', verdict: 'confirmed', ...old });
	await createFlag(t.app, other.id, { rule: 'asked_known', verdict: 'rejected' });
	await createFlag(t.app, other.id, { rule: 'judge:tone_of_voice', source: 'judge' });
	let listed: Awaited<ReturnType<typeof listChecks>> = [];
	const sent = await statements.during(async () => (listed = await listChecks(t.ctx())));
	expect(sent).toHaveLength(1);
	expect(listed.map(({ rule }) => rule)).toEqual([
		...Object.keys(CHECK_RULES),
		'judge:tone_of_voice',
	]);
	const known = listed.find(({ rule }) => rule === 'asked_known');
	expect(known).toMatchObject({
		title: 'Asked for known details',
		source: 'rule',
		recent: 1,
		confirmed: 1,
		rejected: 1,
		precision: 0.5,
	});
	expect(known?.sites.find((one) => one.site === site)).toMatchObject({
		recent: 0,
		confirmed: 1,
		precision: 1,
		is_on: false,
		switched: false,
	});
	expect(known?.sites.find((one) => one.site === 'default')).toMatchObject({
		rejected: 1,
		precision: 0,
		is_on: true,
		switched: null,
	});
	expect(listed.at(-1)).toMatchObject({
		title: 'Judge: tone of voice',
		explanation: null,
		source: 'judge',
		recent: 1,
		precision: null,
	});
});

it('API clients need the scope quality:read', async () => {
	const key = (scope: 'quality:read' | 'stats:read') =>
		t.ctx({ type: 'api_key', id: 1, name: 'n8n', scopes: [scope] });
	await expect(listChecks(key('stats:read'))).rejects.toThrow(/quality:read/);
	expect(await listChecks(key('quality:read'))).not.toEqual([]);
});
