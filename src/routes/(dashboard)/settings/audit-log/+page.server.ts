import { auditListQuery } from '#lib/contract/audit-entry.ts';
import { listAuditEntries } from '#lib/server/team/audit/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { listUsers } from '#lib/server/team/users/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const query = Object.fromEntries([...url.searchParams].filter(([, value]) => value !== ''));
	// Ignores an invalid filter, e.g. from an old link.
	const { user_id, action, from, to } = auditListQuery.safeParse(query).data ?? {};
	const filter = { user_id, action, from, to };
	return {
		filter: Object.fromEntries(
			Object.entries(filter).flatMap(([name, value]) =>
				value === undefined ? [] : [[name, String(value)]],
			),
		),
		entries: await withPageErrors(listAuditEntries(locals.ctx, filter)),
		users: await withPageErrors(listUsers(locals.ctx)),
	};
};
