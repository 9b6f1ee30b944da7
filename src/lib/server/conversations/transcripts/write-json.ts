import type { Ctx } from '#lib/server/core/context.ts';
import { asJson } from './export/formats.ts';
import { gather } from './export/gather.ts';

/**
 * A chat session as one JSON object in pieces, as its export has it, and `more` beside. For use inside the server: checks
 * no right. Throws NotFound.
 */
export async function writeSessionJson(
	ctx: Ctx,
	id: string,
	more: Record<string, unknown>,
): Promise<AsyncGenerator<string, void, void>> {
	return asJson({ ...more, ...(await gather(ctx, id)) });
}
