import { pageOf, type Page } from '$lib/contract/common';
import { lead, type Lead } from '$lib/contract/lead';
import { leadItem, type LeadItem } from '$lib/contract/lead-list';
import { call, sessionPath } from '$lib/client/api-client';

/** Leads, asked from the browser; each throws ApiError. */
export const leadApi = {
	list: (query: Record<string, string>): Promise<Page<LeadItem>> =>
		call(pageOf(leadItem), 'GET', `/api/leads?${new URLSearchParams(query).toString()}`),
	setContacted: (id: string, contacted: boolean): Promise<Lead> =>
		call(lead, 'PUT', `${sessionPath(id)}/lead/contact`, { contacted }),
};
