import { describe, expect, it } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { leadItem } from '#lib/contract/lead-list.ts';
import { createChat } from '../factories/chat.ts';
import { createSite } from '../factories/site.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call } = useTestApi({ RATE_LIMIT: 'off' });
const page = pageSchema(leadItem);

const list = async (query: string) => {
	const response = await call('GET', `/api/leads?${query}`);
	expect(response.status).toBe(200);
	const body: unknown = await response.json();
	expect(body).toEqual(page.parse(body));
	return page.parse(body);
};

describe('leads', () => {
	it('are listed once each in keyset pages, newest first', async () => {
		const { key } = await createSite(t.app);
		for (const name of ['Ada', 'Grace', 'Edsger'])
			await createChat(t.ctx(), { site: key, lead: { name } });
		const first = await list(`site=${key}&limit=2`);
		expect(first.items.map(({ name }) => name)).toEqual(['Edsger', 'Grace']);
		const second = await list(`site=${key}&limit=2&cursor=${first.next_cursor ?? ''}`);
		expect(second).toMatchObject({ items: [{ name: 'Ada' }], next_cursor: null });
	});

	it('are filtered by text and by time', async () => {
		const { key } = await createSite(t.app);
		await createChat(t.ctx(), {
			site: key,
			lead: { name: 'Barbara Liskov', email: 'b@example.com' },
		});
		const count = async (query: string) => (await list(`site=${key}&${query}`)).items.length;
		expect(await count('q=lisk')).toBe(1);
		expect(await count('q=nobody')).toBe(0);
		expect(await count('q=%00lisk')).toBe(1);
		expect(await count('to=2020-01-01T00:00:00Z')).toBe(0);
	});

	it.each(['limit=x', 'cursor=a', 'from=x', 'to=0000-01-01T00:00:00Z', 'q='])(
		'reject the query %s',
		async (query) => {
			await expectProblem(await call('GET', `/api/leads?${query}`), 'invalid');
		},
	);
});

describe('leads as CSV', () => {
	it('contain all matching leads, with formulas escaped', async () => {
		const { key } = await createSite(t.app);
		await createChat(t.ctx(), {
			site: key,
			lead: { name: '=HYPERLINK("http://evil")', phone: '+4930123456' },
		});
		await createChat(t.ctx(), { site: key, lead: { name: 'Zoë, "Z"\nSmith' } });
		const response = await call('GET', `/api/leads.csv?site=${key}`);
		expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8');
		expect(response.headers.get('Content-Disposition')).toBe('attachment; filename="leads.csv"');
		const text = await response.text();
		expect(text).toMatch(/^\ufeff?session_id,/);
		expect(text).toContain('"Zoë, ""Z"" Smith"');
		expect(text).toContain(`"'=HYPERLINK(""http://evil"")"`);
		expect(text).toContain(',+4930123456,');
		expect(text.trim().split('\r\n')).toHaveLength(3);
	});

	it('reject an invalid filter', async () => {
		await expectProblem(await call('GET', '/api/leads.csv?from=x'), 'invalid');
	});
});
