import { pageOf, type Page } from '#lib/contract/common.ts';
import { lead, type Lead } from '#lib/contract/lead.ts';
import { leadItem, type LeadItem } from '#lib/contract/lead-list.ts';
import { call, sessionPath } from '#lib/client/api-client.ts';

/** Leads, asked from the browser; each throws ApiError. */
export const leadApi = {
	list: (query: Record<string, string>): Promise<Page<LeadItem>> =>
		call(pageOf(leadItem), 'GET', `/api/leads?${new URLSearchParams(query).toString()}`),
	setContacted: (id: string, contacted: boolean): Promise<Lead> =>
		call(lead, 'PUT', `${sessionPath(id)}/lead/contact`, { contacted }),
};
