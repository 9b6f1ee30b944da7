import { syncMemory } from '../channels/n8n-memory/index.ts';
import type { Job } from './job.ts';

/** Brings in what n8n's chat memory has, where there is one. */
export const syncJob: Job = { name: 'sync', interval_ms: 60_000, run: syncMemory };
