export { syncAll, syncMemory } from './sync.ts';
