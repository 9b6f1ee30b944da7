import { eq } from 'drizzle-orm';
import { beforeAll, expect, it } from 'vitest';
import { createChat } from '../../../../tests/factories/chat.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { leads } from '../core/db/schema/index.ts';
import { listLeads } from './index.ts';

const t = useTestApp();
const HOUR_MS = 3_600_000;

/** Creates a lead whose reply is due in `hours`. */
async function createDueLead(name: string, hours: number, score = 50): Promise<void> {
	const { id } = await createChat(t.ctx(), { lead: { name, email: `${name}@example.com` } });
	const promise_due_at = new Date(t.app.clock().getTime() + hours * HOUR_MS);
	await t.app.db.update(leads).set({ promise_due_at, score }).where(eq(leads.chat_session_id, id));
}

beforeAll(async () => {
	await createDueLead('years', -9000, 100);
	await createDueLead('weeks', -400, 10);
	await createDueLead('tomorrow', 20);
	await createDueLead('soon', 1, 5);
	await createDueLead('yesterday', -26, 100);
	await createDueLead('today-weak', -1, 30);
	await createDueLead('today-strong', -5, 90);
	await createDueLead('today-equal', -4, 90);
});

const ORDER = [
	'today-equal',
	'today-strong',
	'today-weak',
	'yesterday',
	'soon',
	'tomorrow',
	'weeks',
	'years',
];

it.each([1, 2, 3, 100])(
	'by urgency, new overdue leads come first, then upcoming and long overdue ones, in pages of %i',
	async (limit) => {
		const names: (string | null)[] = [];
		let cursor: string | null | undefined;
		do {
			const page = await listLeads(t.ctx(), { sort: 'urgency', limit, ...(cursor && { cursor }) });
			names.push(...page.items.map(({ name }) => name));
			cursor = page.next_cursor;
		} while (cursor);
		expect(names).toEqual(ORDER);
	},
);

it('filters apply to the order by urgency', async () => {
	const { items } = await listLeads(t.ctx(), { sort: 'urgency', overdue: true, q: 'today' });
	expect(items.map(({ name }) => name)).toEqual(ORDER.slice(0, 3));
});

it('rejects a cursor of another order', async () => {
	const { next_cursor } = await listLeads(t.ctx(), { sort: 'due', limit: 1 });
	const input = { sort: 'urgency', cursor: next_cursor ?? '' } as const;
	await expect(listLeads(t.ctx(), input)).rejects.toMatchObject({ code: 'invalid' });
});

it('rejects a cursor with a time that is older than the product', async () => {
	const cursor = Buffer.from('0001-01-01T00:00:00Z 0001-01-01T00:00:00Z 50 1').toString(
		'base64url',
	);
	const listed = listLeads(t.ctx(), { sort: 'urgency', cursor });
	await expect(listed).rejects.toMatchObject({ code: 'invalid' });
});

it('rejects grouping by person, which this order does not support', async () => {
	const listed = listLeads(t.ctx(), { sort: 'urgency', grouped: true });
	await expect(listed).rejects.toMatchObject({ code: 'invalid' });
});
