// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { syncMemory } from './sync.ts';
