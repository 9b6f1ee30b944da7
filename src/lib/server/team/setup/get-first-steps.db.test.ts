import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { makeUser, toActor } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { sites } from '#lib/server/core/db/schema/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { getFirstSteps } from './index.ts';

const test = useTestApp({ PUBLIC_URL: 'https://desk.example' });

const NOTHING = {
	has_tried_demo: false,
	is_embedded: false,
	has_workflow: false,
	has_team: false,
};
const chatOn = (page_url: string) =>
	startSession(test.ctx(), { site: 'default', context: { page_url } });

it('checks off each step once it is done', async () => {
	const admin = await makeUser(test.app, { role: 'admin' });
	const steps = () => getFirstSteps(test.ctx(toActor(admin)));
	expect(await steps()).toEqual(NOTHING);

	await chatOn('no address');
	await chatOn('https://desk.example/embed/default');
	expect(await steps()).toEqual(NOTHING);

	await chatOn('https://desk.example/demo?utm_source=google');
	expect(await steps()).toEqual({ ...NOTHING, has_tried_demo: true });

	await chatOn('https://roofing.example/free-estimate');
	await makeUser(test.app);
	const connector = { type: 'n8n' as const, url: 'https://n8n.example/webhook', auth_header: null };
	await test.app.db.update(sites).set({ connector }).where(eq(sites.key, 'default'));
	expect(Object.values(await steps())).toEqual([true, true, true, true]);
});

it('rejects visitors', async () => {
	const visitor = { type: 'anonymous' as const };
	await expect(getFirstSteps(test.ctx(visitor))).rejects.toThrow();
});
