import type { Ctx } from '#lib/server/core/context.ts';
import { asJson } from './export/formats.ts';
import { gather } from './export/gather.ts';

/**
 * Writes a chat session as one JSON object in pieces, like its export, with the fields of `more`. For use inside the
 * server: checks no permission. Throws NotFound.
 */
export async function writeSessionJson(
	ctx: Ctx,
	id: string,
	more: Record<string, unknown>,
): Promise<AsyncGenerator<string, void, void>> {
	return asJson({ ...more, ...(await gather(ctx, id)) });
}
