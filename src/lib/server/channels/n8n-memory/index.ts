export { syncAll } from './sync.ts';
