import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { createSite } from '../../../../tests/factories/site.ts';
import { createUser } from '../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { n8n_connections, sites, suite_runs, suites, users } from './db/schema/index.ts';
import { resealSecrets } from './reseal.ts';
import { createSecrets } from './secrets.ts';

const t = useTestApp({ SECRET_KEY_PREVIOUS: 'the key of last year' });

it('reseals everything with the current key once, and skips values that no key can open', async () => {
	const old = createSecrets('the key of last year');
	const unreadable = createSecrets('a lost key').seal('gone');
	const ada = await createUser(t.app);
	const grace = await createUser(t.app);
	await t.app.db
		.update(users)
		.set({ sealed_totp: old.seal('JBSWY3DP') })
		.where(eq(users.id, ada.id));
	await t.app.db.update(users).set({ sealed_totp: unreadable }).where(eq(users.id, grace.id));
	const connector = (value: string) => ({
		type: 'n8n' as const,
		url: 'https://n8n.example/webhook',
		auth_header: { name: 'X-Key', sealed_value: value },
	});
	await t.app.db.update(sites).set({ connector: connector(old.seal('hunter2')) });
	const { id: site_id } = await createSite(t.app, { connector: { type: 'scripted' } });
	const [suite] = await t.app.db
		.insert(suites)
		.values({ site_id, name: 'Regression' })
		.returning({ id: suites.id });
	await t.app.db.insert(suite_runs).values({
		...{ suite_id: suite?.id ?? 0, site_id, trigger: 'api', started_by: 'CI', total: 1 },
		connector: connector(old.seal('candidate')),
	});

	expect(await resealSecrets(t.ctx())).toEqual({ resealed: 3, unreadable: 1 });
	expect(await resealSecrets(t.ctx())).toEqual({ resealed: 0, unreadable: 1 });
	const current = createSecrets('a secret key for tests only');
	const [user] = await t.app.db.select().from(users).where(eq(users.id, ada.id));
	expect(current.open(user?.sealed_totp ?? '')).toBe('JBSWY3DP');
	const [site] = await t.app.db.select().from(sites).where(eq(sites.key, 'default'));
	const kept = site?.connector.type === 'n8n' ? site.connector.auth_header?.sealed_value : '';
	expect(current.open(kept ?? '')).toBe('hunter2');
	const [other] = await t.app.db.select().from(users).where(eq(users.id, grace.id));
	expect(other?.sealed_totp).toBe(unreadable);
});

it('reseals the secrets of n8n connections, also those of the connector to restore', async () => {
	const old = createSecrets('the key of last year');
	const { id: site_id } = await createSite(t.app, { connector: { type: 'scripted' } });
	await t.app.db.insert(n8n_connections).values({
		site_id,
		url: 'https://n8n.example',
		frontdesk_url: 'https://desk.example',
		status: 'connected',
		made: {
			tag: 'x1',
			sealed_header_value: old.seal('header'),
			sealed_lead_secret: old.seal('whsec_lead'),
			previous_connector: {
				type: 'n8n',
				url: 'https://n8n.example/webhook',
				auth_header: { name: 'X-Key', sealed_value: old.seal('hunter2') },
			},
			api_key_id: null,
			endpoint_id: null,
			credentials: [],
			workflows: [],
		},
	});

	await resealSecrets(t.ctx());
	const current = createSecrets('a secret key for tests only');
	const [connection] = await t.app.db
		.select()
		.from(n8n_connections)
		.where(eq(n8n_connections.site_id, site_id));
	const { sealed_header_value = '', sealed_lead_secret = '' } = connection?.made ?? {};
	expect(current.open(sealed_header_value)).toBe('header');
	expect(current.open(sealed_lead_secret)).toBe('whsec_lead');
	const previous = connection?.made.previous_connector;
	const header = previous?.type === 'n8n' ? previous.auth_header : null;
	expect(current.open(header?.sealed_value ?? '')).toBe('hunter2');
});
