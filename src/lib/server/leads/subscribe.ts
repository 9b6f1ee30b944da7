import { systemContext, type App } from '../core/context.ts';
import { record } from '../core/db/transaction.ts';
import { presentLead } from './internal.ts';
import { makePromise } from './make-promise.ts';
import { noteContact } from './note-contact.ts';

/** The promise of a completed chat, made in its transaction, and kept by the first message of a person after that. */
export function subscribeLeads(app: App): void {
	app.events.onRecorded('session.completed', async (ctx, { session }) => {
		const row = await makePromise(ctx, session.id);
		if (!row) return;
		const { session_id } = session;
		await record(ctx, 'lead.updated', { session_id, lead: presentLead(row, session_id) });
	});
	app.events.onPublished(({ name, payload }) => {
		if (name !== 'message.created' || payload.message.sender !== 'agent') return;
		const { author: by, timestamp } = payload.message;
		const contact = { session_id: payload.session_id, by, at: new Date(timestamp) };
		// What is lost here is found by the sweep.
		noteContact(systemContext(app), contact).catch((error: unknown) =>
			app.log.error({ err: error }, 'a contact could not be noted'),
		);
	});
}
