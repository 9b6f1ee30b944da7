import { expect, it } from 'vitest';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import {
	createSavedFilter,
	deleteSavedFilter,
	listSavedFilters,
	updateSavedFilter,
} from './index.ts';

const t = useTestApp();

it('a user can save, rename, change and delete filters', async () => {
	const ctx = await createUserCtx(t);
	const roofs = await createSavedFilter(ctx, {
		name: ' Roofs of the week ',
		filter: { q: 'roof', days: '7', ai_engaged: 'true' },
	});
	expect(roofs).toMatchObject({
		name: 'Roofs of the week',
		filter: { q: 'roof', days: 7, ai_engaged: true },
	});
	const mine = await createSavedFilter(ctx, { name: 'a first', filter: { assignee: 'none' } });
	expect(await listSavedFilters(ctx)).toEqual([mine, roofs]);
	await updateSavedFilter(ctx, roofs.id, { name: 'A', filter: { site: 'default' } });
	await deleteSavedFilter(ctx, mine.id);
	expect(await listSavedFilters(ctx)).toMatchObject([
		{ id: roofs.id, name: 'A', filter: { site: 'default' } },
	]);
	await expect(deleteSavedFilter(ctx, mine.id)).rejects.toMatchObject({ code: 'not_found' });
});

it('names are unique per user, regardless of case', async () => {
	const ctx = await createUserCtx(t);
	const { id } = await createSavedFilter(ctx, { name: 'Roofs', filter: {} });
	const again = createSavedFilter(ctx, { name: 'ROOFS', filter: {} });
	await expect(again).rejects.toMatchObject({ code: 'conflict', errors: [{ path: 'name' }] });
	const other = await createSavedFilter(ctx, { name: 'Doors', filter: {} });
	await expect(updateSavedFilter(ctx, other.id, { name: 'roofs' })).rejects.toMatchObject({
		code: 'conflict',
	});
	await updateSavedFilter(ctx, id, { name: 'roofs' });
	await createSavedFilter(await createUserCtx(t), { name: 'Roofs', filter: {} });
});

it('other users can’t see or change a filter, and API keys have none', async () => {
	const [owner, other] = [await createUserCtx(t), await createUserCtx(t)];
	const { id } = await createSavedFilter(owner, { name: 'Mine', filter: {} });
	expect(await listSavedFilters(other)).toEqual([]);
	await expect(deleteSavedFilter(other, id)).rejects.toMatchObject({ code: 'not_found' });
	await expect(updateSavedFilter(other, id, { name: 'Yours' })).rejects.toMatchObject({
		code: 'not_found',
	});
	const apiKey = t.ctx({ type: 'api_key', id: null, name: 'n8n', scopes: ['admin'] });
	await expect(listSavedFilters(apiKey)).rejects.toMatchObject({ code: 'forbidden' });
});

it('a user has at most 50 filters, even when several are created concurrently', async () => {
	const ctx = await createUserCtx(t);
	for (let index = 0; index < 49; index += 1) {
		await createSavedFilter(ctx, { name: `Filter ${index}`, filter: {} });
	}
	const last = ['one', 'two'].map((name) => createSavedFilter(ctx, { name, filter: {} }));
	const results = await Promise.allSettled(last);
	expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
	expect(await listSavedFilters(ctx)).toHaveLength(50);
});
