export { forgetOld } from './forget-old';
export { KEPT_DAYS } from './periods';
