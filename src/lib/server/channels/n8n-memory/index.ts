export { syncAll, syncMemory } from './sync';
