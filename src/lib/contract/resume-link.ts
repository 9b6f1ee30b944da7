import { z } from 'zod';
import { timestamp } from './common.ts';

/** A signed link that continues a chat session on another device. */
export const resumeLink = z
	.object({ url: z.url(), expires_at: timestamp })
	.meta({ id: 'ResumeLink' });
export type ResumeLink = z.infer<typeof resumeLink>;
