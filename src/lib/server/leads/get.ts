import type { Lead } from '#lib/contract/lead.ts';
import type { Ctx } from '../core/context.ts';
import { notFound } from '../core/errors.ts';
import { findLead } from './find.ts';

/** The lead of a chat session; throws NotFound while nothing is known of the visitor. */
export async function getLead(ctx: Ctx, sessionId: string): Promise<Lead> {
	const lead = await findLead(ctx, sessionId);
	if (!lead) throw notFound(`a lead of chat session ${sessionId.slice(0, 60)}`);
	return lead;
}
