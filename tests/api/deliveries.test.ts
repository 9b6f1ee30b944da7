import { beforeAll, describe, expect, it } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { delivery as deliverySchema } from '#lib/contract/delivery.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { createDelivery } from '../factories/delivery.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call } = useTestApi({ RATE_LIMIT: 'off' });
const page = pageSchema(deliverySchema);
let endpoint: { id: number };

beforeAll(async () => {
	endpoint = await createEndpoint(t.ctx(), {
		site: 'default',
		url: 'https://hooks.example.com/lead',
		events: ['lead.completed'],
	});
});

const createFailedDelivery = () =>
	createDelivery(t.ctx(), endpoint, { status: 'failed', next_attempt_at: null });
const list = async (query: string) => {
	const response = await call('GET', `/api/deliveries?${query}`);
	expect(response.status).toBe(200);
	const body: unknown = await response.json();
	expect(body).toEqual(page.parse(body));
	return page.parse(body);
};

describe('deliveries', () => {
	it('are listed newest first in keyset pages, by status and site', async () => {
		const created = [
			await createFailedDelivery(),
			await createFailedDelivery(),
			await createFailedDelivery(),
		];
		const first = await list('status=failed&site=default&limit=2');
		expect(first.items.map(({ id }) => id)).toEqual([created[2]?.id, created[1]?.id]);
		const second = await list(
			`status=failed&site=default&limit=2&cursor=${first.next_cursor ?? ''}`,
		);
		expect(second.items[0]?.id).toBe(created[0]?.id);
		expect((await list('site=nothing')).items).toEqual([]);
		expect((await list('session_id=session_unknown')).items).toEqual([]);
	});

	it('are replayed one at a time, with the same id', async () => {
		const { id, webhook_id } = await createFailedDelivery();
		const response = await call('POST', `/api/deliveries/${id}/replay`);
		expect(response.status).toBe(200);
		expect(deliverySchema.parse(await response.json())).toMatchObject({
			id,
			webhook_id,
			status: 'pending',
		});
	});

	it('are replayed by id or by status', async () => {
		const [first, second] = [await createFailedDelivery(), await createFailedDelivery()];
		const replay = async (body: unknown): Promise<unknown> =>
			(await call('POST', '/api/deliveries/replay', { body })).json();
		expect(await replay({ ids: [first.id, 999999] })).toEqual({ replayed: 1 });
		expect(await replay({ ids: [second.id, second.id] })).toEqual({ replayed: 1 });
		await createFailedDelivery();
		expect(await replay({ status: 'failed', from: '2020-01-01T00:00:00Z' })).toMatchObject({
			replayed: expect.any(Number) as number,
		});
		expect((await list('status=failed')).items).toEqual([]);
	});

	it.each(['999999', 'x', '0', '-1', '1.5', '99999999999999999999', '%00'])(
		'replaying %s is 404',
		async (id) => {
			await expectProblem(await call('POST', `/api/deliveries/${id}/replay`), 'not_found');
		},
	);

	it.each([
		[null],
		[[]],
		[{}],
		[{ ids: [] }],
		[{ ids: ['1'] }],
		[{ ids: [0] }],
		[{ ids: [1e300] }],
		[{ status: 'gone' }],
		[{ from: '2020-01-01T00:00:00Z' }],
		[{ ids: [1], from: 'x' }],
		[{ ids: [1], more: 1 }],
	])('are not replayed with %j', async (body) => {
		await expectProblem(await call('POST', '/api/deliveries/replay', { body }), 'invalid');
	});

	it.each([
		'status=gone',
		'limit=0',
		'cursor=x',
		'from=0000-01-01T00:00:00Z',
		'session_id=1',
		'session_id=session_%00',
	])('reject the query %s', async (query) => {
		await expectProblem(await call('GET', `/api/deliveries?${query}`), 'invalid');
	});
});
