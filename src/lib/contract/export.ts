import { z } from 'zod';

/** How one chat session is written down: for people, for programs, for spreadsheets. */
const exportFormat = z.enum(['txt', 'json', 'csv']);
export type ExportFormat = z.infer<typeof exportFormat>;

const timeZone = z
	.string()
	.max(64)
	.refine((name) => {
		try {
			return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
		} catch {
			return false;
		}
	}, 'not a time zone, such as Europe/Berlin');

export const exportQuery = z.object({
	format: exportFormat.default('txt'),
	/** The zone that times are written in, in the text for people. */
	time_zone: timeZone.default('UTC'),
});
export type ExportQuery = z.input<typeof exportQuery>;
