import { z } from 'zod';
import { isTimeZone } from './time-zone.ts';

/** The file format of an exported chat session. */
const exportFormat = z.enum(['txt', 'json', 'csv']);
export type ExportFormat = z.infer<typeof exportFormat>;

const timeZone = z
	.string()
	.max(64)
	.refine(isTimeZone, 'expected a time zone such as Europe/Berlin');

export const exportQuery = z.object({
	format: exportFormat.default('txt'),
	/** The time zone of timestamps in the text format. */
	time_zone: timeZone.default('UTC'),
});
export type ExportQuery = z.input<typeof exportQuery>;
