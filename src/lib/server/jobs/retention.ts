import { eraseOldChats } from '../privacy/visitors';
import type { Job } from './job';

/** Erases chats that their sites keep no longer. */
export const retentionJob: Job = { name: 'retention', interval_ms: 600_000, run: eraseOldChats };
