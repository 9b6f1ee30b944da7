import { buildErrorsQuery, readView } from '#lib/client/automation/automation-filter.ts';
import {
	getErrorGroup,
	listErrorGroups,
	listWorkflows,
} from '#lib/server/quality/automation-errors/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const view = readView('errors', url.searchParams);
	const groupId = view['group'];
	const [groups, workflows] = await Promise.all([
		groupId === undefined
			? withPageErrors(listErrorGroups(ctx, buildErrorsQuery(view)))
			: withPageErrors(getErrorGroup(ctx, Number(groupId))).then((group) => ({
					items: [group],
					next_cursor: null,
				})),
		withPageErrors(listWorkflows(ctx)),
	]);
	return { view, groups, workflows };
};
