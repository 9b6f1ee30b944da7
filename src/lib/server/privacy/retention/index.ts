export { KEPT_DAYS } from './periods.ts';
