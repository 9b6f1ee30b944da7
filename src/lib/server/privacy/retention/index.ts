export { forgetOld } from './forget-old.ts';
export { KEPT_DAYS } from './periods.ts';
