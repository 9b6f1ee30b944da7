import type { Lead } from '#lib/contract/lead.ts';
import type { Ctx } from '../core/context';
import { notFound } from '../core/errors';
import { findLead } from './find';

/** The lead of a chat session; throws NotFound while nothing is known of the visitor. */
export async function getLead(ctx: Ctx, sessionId: string): Promise<Lead> {
	const lead = await findLead(ctx, sessionId);
	if (!lead) throw notFound(`a lead of chat session ${sessionId.slice(0, 60)}`);
	return lead;
}
