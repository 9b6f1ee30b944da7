import type { N8nWorkflow } from '#lib/contract/n8n.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { fillWorkflow, newPath, titleOf, type WorkflowFile } from './workflows.ts';

/**
 * A shipped workflow to import by hand, with Frontdesk's address and a webhook path of its own each time, so that a
 * second import never conflicts. Holds no secret. Admins only. Throws NotFound.
 */
export async function downloadWorkflow(
	ctx: Ctx,
	key: string,
	workflow: N8nWorkflow,
): Promise<WorkflowFile> {
	requireAdmin(ctx);
	const site = await getSite(ctx, { key });
	return fillWorkflow(workflow, {
		frontdesk_url: ctx.app.config.publicUrl,
		path: newPath(workflow),
		name: `${titleOf(workflow)} (${site.name})`.slice(0, 120),
	});
}
