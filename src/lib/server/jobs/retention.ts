import { eraseOldChats } from '../privacy/visitors/index.ts';
import type { Job } from './job.ts';

/** Erases chats that their sites keep no longer. */
export const retentionJob: Job = { name: 'retention', interval_ms: 600_000, run: eraseOldChats };
