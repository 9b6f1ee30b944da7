export { updateFlag } from './flags.ts';
