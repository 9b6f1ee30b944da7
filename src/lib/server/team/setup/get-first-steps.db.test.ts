import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { createUser, toActor } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { sites } from '#lib/server/core/db/schema/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { getFirstSteps } from './index.ts';

const t = useTestApp({ PUBLIC_URL: 'https://desk.example' });

const NO_STEPS_DONE = {
	has_tried_demo: false,
	is_embedded: false,
	has_workflow: false,
	has_team: false,
};
const startChatOn = (page_url: string) =>
	startSession(t.ctx(), { site: 'default', context: { page_url } });

it('checks off each step once it is done', async () => {
	const admin = await createUser(t.app, { role: 'admin' });
	const getSteps = () => getFirstSteps(t.ctx(toActor(admin)));
	expect(await getSteps()).toEqual(NO_STEPS_DONE);

	await startChatOn('no address');
	await startChatOn('https://desk.example/embed/default');
	expect(await getSteps()).toEqual(NO_STEPS_DONE);

	await startChatOn('https://desk.example/demo?utm_source=google');
	expect(await getSteps()).toEqual({ ...NO_STEPS_DONE, has_tried_demo: true });

	await startChatOn('https://roofing.example/free-estimate');
	await createUser(t.app);
	const connector = { type: 'n8n' as const, url: 'https://n8n.example/webhook', auth_header: null };
	await t.app.db.update(sites).set({ connector }).where(eq(sites.key, 'default'));
	expect(Object.values(await getSteps())).toEqual([true, true, true, true]);
});

it('doesn’t ask to try the demo once the widget is on a page', async () => {
	const admin = await createUser(t.app, { role: 'admin' });
	await startChatOn('https://roofing.example/free-estimate');
	expect(await getFirstSteps(t.ctx(toActor(admin)))).toMatchObject({
		has_tried_demo: true,
		is_embedded: true,
	});
});

it('rejects visitors', async () => {
	const visitor = { type: 'anonymous' as const };
	await expect(getFirstSteps(t.ctx(visitor))).rejects.toThrow();
});
