import { exportQuery, type ExportFormat, type ExportQuery } from '#lib/contract/export.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { parse } from '#lib/server/core/parse.ts';
import { asCsv, asJson, asText } from './export/formats.ts';
import { gather, type Gathered } from './export/gather.ts';

export interface ExportedSession {
	/** Only letters, digits, `-` and `_`: safe in headers and file systems. */
	file_name: string;
	content_type: string;
	pieces: AsyncGenerator<string, void, void>;
}

const CONTENT_TYPES: Record<ExportFormat, string> = {
	txt: 'text/plain; charset=utf-8',
	json: 'application/json',
	csv: 'text/csv; charset=utf-8',
};

/**
 * Exports a chat session with its lead, reviews, notes and messages, in chunks. Checks permissions before the first
 * chunk. Throws `not_found`, and `invalid` for an unknown time zone.
 */
export async function exportSession(
	ctx: Ctx,
	id: string,
	input: ExportQuery = {},
): Promise<ExportedSession> {
	requireTeam(ctx, 'sessions:read');
	const { format, time_zone } = parse(exportQuery, input);
	const gathered = await gather(ctx, id);
	const { session } = gathered;
	await audit(ctx, { action: 'session.exported', chat_session_id: session.id, detail: { format } });
	return {
		file_name: `${session.session_id.slice(0, 60)}.${format}`,
		content_type: CONTENT_TYPES[format],
		pieces: write(gathered, format, time_zone),
	};
}

function write(gathered: Gathered, format: ExportFormat, timeZone: string) {
	switch (format) {
		case 'txt':
			return asText(gathered, timeZone);
		case 'json':
			return asJson(gathered);
		case 'csv':
			return asCsv(gathered);
	}
}

/**
 * Returns a chat session as one JSON object in chunks, like its export, with additional fields. Throws `not_found`. Checks
 * no permission.
 */
export async function writeSessionJson(
	ctx: Ctx,
	id: string,
	additional: Record<string, unknown>,
): Promise<AsyncGenerator<string, void, void>> {
	return asJson({ ...additional, ...(await gather(ctx, id)) });
}
