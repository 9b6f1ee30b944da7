import { errorsQuery, readView } from '#lib/client/automation/automation-filter.ts';
import {
	getErrorGroup,
	listErrorGroups,
	listWorkflows,
} from '#lib/server/quality/automation-errors/index.ts';
import { shown } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const view = readView('errors', url.searchParams);
	const one = view['group'];
	const [groups, workflows] = await Promise.all([
		one === undefined
			? shown(listErrorGroups(ctx, errorsQuery(view)))
			: shown(getErrorGroup(ctx, Number(one))).then((group) => ({
					items: [group],
					next_cursor: null,
				})),
		shown(listWorkflows(ctx)),
	]);
	return { view, groups, workflows };
};
